import { secondsOf, timeProblem } from '../../contracts/judge/success-rules.ts';
import type { Json } from '../../contracts/lib/operation.ts';
import { toPointer, valueAt } from '../../contracts/lib/pointer.ts';
import { jsonLeaves } from './json-leaves.ts';
import type { LeafRule } from './leaf-rules.ts';
import { makeRecogniser, type Recogniser } from './recogniser.ts';
import {
  type Answer,
  type CheckAnswer,
  type Checked,
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
}

/** What the check gives is good until its next call. */
export function fastCheck(parts: ContractParts, request: Json): CheckAnswer {
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
  return (answer) => {
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
  return {
    status,
    recognise: recognition(
      recogniser,
      contentType,
      hasId ? (typeof id === 'number' ? 'number' : 'string') : null,
      hasTime,
    ),
  };
}

/** Closures and one object that is given out each time: in k6 new objects cost more than the comparisons. */
function recognition(
  recogniser: Recogniser,
  contentType: string,
  idType: 'number' | 'string' | null,
  hasTime: boolean,
): Shape['recognise'] {
  const idScalar = idType === null ? null : recogniser.values[0];
  const timeScalar = hasTime ? recogniser.values[idType === null ? 0 : 1] : null;
  const checked: { -readonly [K in keyof Checked]: Checked[K] } = {
    violations: [],
    createdId: null,
    isRecognised: true,
  };
  /** The last ones that were compared: the same need not be compared again. */
  let lastTime = '';
  let lastDate: string | undefined;
  return (answer, body) => {
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
  };
}
