import { plausibleAtMs, secondsOf, timeProblem } from '../../contracts/judge/success-rules.ts';
import type { Json } from '../../contracts/lib/operation.ts';
import { toPointer, valueAt } from '../../contracts/lib/pointer.ts';
import { jsonLeaves } from './json-leaves.ts';
import type { LeafRule } from './leaf-rules.ts';
import { makeRecogniser, type Recogniser, type Twin } from './recogniser.ts';
import {
  type Answer,
  type Checked,
  type CheckInParts,
  type ContractParts,
  fullCheck,
  judged,
  type Kept,
} from './response-check.ts';

/**
 * The check for load: answers that look like an earlier one that kept the contract are recognised; all others are
 * parsed and validated, and, if they keep it, looked for from then on. An answer is never taken for good that the full
 * check would not take for good.
 */

/** Shapes of an answer that are looked for at once, for each status. */
const MOST_SHAPES = 8;
/** Shapes that are learnt in all: where each answer has a new one, learning costs more than it saves. */
const MOST_LEARNT = 64;

/** A body that kept the contract, and what else was seen with it. */
interface Shape {
  readonly status: number;
  /** What there is to say of an answer that is recognised; null: it is not. */
  readonly recognise: (answer: Answer, body: string) => Checked | null;
  /** How the next answers may be told that differ from the last one in their id alone; null: in no quicker way. */
  readonly sibling: () => Sibling | null;
}

/** For answers of one shape that differ in their ids alone. */
interface Sibling {
  readonly twin: Twin;
  readonly contentType: string;
  /** While our own clock shows this, the time in the body is plausible. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** What is said of all of them, each with its id. */
  readonly checked: { createdId: Checked['createdId'] } & Checked;
}

/** What the check gives is good until its next call. */
export function fastCheck(parts: ContractParts, request: Json): CheckInParts {
  const shapesOf = new Map<number, Shape[]>();
  let learnt = 0;
  const full = fullCheck(parts, request, (answer, kept) => {
    if (learnt >= MOST_LEARNT) return;
    learnt += 1;
    const shape = shapeOf(parts, request, answer, kept);
    if (shape === null) return;
    const shapes = shapesOf.get(answer.status) ?? [];
    shapes.unshift(shape);
    shapes.splice(MOST_SHAPES);
    shapesOf.set(answer.status, shapes);
  });
  /** The shape that was last recognised, tried first: most answers of a load look like the one before. */
  let top: Shape | null = null;
  const checkWhole = (answer: Answer): Checked => {
    const { status, body } = answer;
    if (body === null) return full(answer);
    if (top !== null && top.status === status) {
      const checked = top.recognise(answer, body);
      if (checked !== null) return checked;
    }
    for (const shape of shapesOf.get(status) ?? []) {
      const checked = shape === top ? null : shape.recognise(answer, body);
      if (checked === null) continue;
      top = shape;
      return checked;
    }
    return full(answer);
  };

  // A sibling in single variables, and compared here: in k6 each call takes more than a microsecond after a request,
  // and a member twice as long as a variable.
  let siblingStatus: number | null = null;
  let [before, after, contentType] = ['', '', ''];
  let [from, to, least] = [0, 0, 0];
  let [fromMs, untilMs] = [0, 0];
  let siblingChecked: Sibling['checked'] = { violations: [], createdId: null, isRecognised: true };
  let tellSeen: Twin['seen'] = () => {};
  let seen = 0;
  const expect = (status: number, sibling: Sibling | null): void => {
    tellSeen(seen);
    seen = 0;
    siblingStatus = null;
    if (sibling === null) return;
    siblingStatus = status;
    ({ contentType, fromMs, untilMs, checked: siblingChecked } = sibling);
    ({ before, after, least, seen: tellSeen } = sibling.twin);
    from = before.length;
    to = -after.length;
  };
  return (status, body, carrier, receivedAtMs) => {
    if (status === siblingStatus && body !== null && receivedAtMs >= fromMs && receivedAtMs <= untilMs) {
      const id = +body.slice(from, to);
      if (
        id >= least &&
        id % 1 === 0 &&
        // Written anew it is as JSON has it: no zero in front, no space, no digits that a double does not hold.
        `${before}${id}${after}` === body &&
        carrier.headers['Content-Type'] === contentType
      ) {
        seen += 1;
        siblingChecked.createdId = id;
        return siblingChecked;
      }
    }
    const checked = checkWhole({ status, body, headers: carrier.headers, receivedAtMs });
    expect(status, checked.isRecognised && top !== null ? top.sibling() : null);
    return checked;
  };
}

/** The shape of an answer that kept the contract; null where answers like it cannot be told without parsing. */
function shapeOf({ operation, schemas }: ContractParts, request: Json, answer: Answer, kept: Kept): Shape | null {
  const { status } = answer;
  const isSuccess = status >= 200 && status < 300;
  const contentType = answer.headers['Content-Type'] ?? '';
  // Another charset is fine only for some bodies.
  if (/charset=(?!"?utf-?8"?\s*(;|$))/i.test(contentType)) return null;
  const frozen: string[] = [];
  const rules = new Map<string, readonly LeafRule[]>();
  const captured: string[] = [];
  const { created } = operation;
  const id = created === undefined || !isSuccess ? undefined : valueAt(kept.value, created.id);
  const hasId = typeof id === 'number' || typeof id === 'string';
  const hasTime = isSuccess && created?.time !== undefined && secondsOf(valueAt(kept.value, created.time)) !== null;
  if (isSuccess) {
    const isSent = (pointer: string) => (valueAt(request, pointer) ?? null) !== null;
    frozen.push(...(operation.echo ?? []).filter((echo) => isSent(echo.request)).map((echo) => echo.response));
    if (created !== undefined && hasId) captured.push(created.id);
    if (created !== undefined && typeof id === 'number')
      rules.set(created.id, [{ keyword: 'exclusiveMinimum', limit: 0 }]);
    if (created?.time !== undefined) (hasTime ? captured : frozen).push(created.time);
  } else {
    // A text that is one of the codes makes the name that it stands under the one that codes are looked for under.
    const codes: readonly unknown[] = operation.responses[String(status)]?.codes ?? [];
    const leaves = jsonLeaves(kept.text) ?? [];
    frozen.push(
      ...leaves
        .filter(({ start, end }) => codes.includes(JSON.parse(kept.text.slice(start, end))))
        .map(({ path }) => toPointer(path)),
    );
  }
  const recogniser = makeRecogniser(schemas, kept.schemaFile, kept.text, kept.value, { frozen, rules, captured });
  if (recogniser === null) return null;
  const idType = hasId ? (typeof id === 'number' ? 'number' : 'string') : null;
  return { status, ...recognition(recogniser, contentType, idType, hasTime) };
}

/** Closures and one object that is given out each time: in k6 new objects cost more than the comparisons. */
function recognition(
  recogniser: Recogniser,
  contentType: string,
  idType: 'number' | 'string' | null,
  hasTime: boolean,
): Pick<Shape, 'recognise' | 'sibling'> {
  const idScalar = idType === null ? null : recogniser.values[0];
  const timeScalar = hasTime ? recogniser.values[idType === null ? 0 : 1] : null;
  const checked: Sibling['checked'] = { violations: [], createdId: null, isRecognised: true };
  /** The last ones that were compared: the same need not be compared again. */
  let lastTime = '';
  let lastDate: string | undefined;
  return {
    recognise: (answer, body) => {
      if (!recogniser.recognise(body)) return null;
      const { headers } = answer;
      if (headers['Content-Type'] !== contentType) return null;
      if (timeScalar) {
        const time = timeScalar.written;
        const date = headers['Date'];
        // Without a Date our own clock is compared with, and that goes on.
        if (time !== lastTime || date !== lastDate || date === undefined) {
          if (timeProblem(secondsOf(time) ?? Number.NaN, judged(answer)) !== null) return null;
          lastTime = time;
          lastDate = date;
        }
      }
      if (idScalar) checked.createdId = idType === 'number' ? Number(idScalar.written) : idScalar.written;
      return checked;
    },
    sibling: () => {
      const { twin } = recogniser;
      if (twin === null || twin.after === '' || twin.valueIndex !== 0 || idType !== 'number') return null;
      const [fromMs, untilMs] = timeScalar
        ? plausibleAtMs(secondsOf(timeScalar.written) ?? Number.NaN)
        : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      return { twin, contentType, fromMs, untilMs, checked };
    },
  };
}
