import { timeProblem } from '../../contracts/judge/success-rules.ts';
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
  readonly recogniser: Recogniser;
  readonly contentType: string;
  /** Where in the captured scalars the id is, and the time of creation; -1: there is none. */
  readonly idIndex: number;
  readonly timeIndex: number;
  readonly isIdNumber: boolean;
  /** Date and time of creation of the last answer: the same ones need not be compared again. */
  lastDate: string | undefined;
  lastTime: string;
}

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
  return (answer) => {
    const shapes = shapesOf.get(answer.status);
    const { body } = answer;
    if (shapes === undefined || body === null) return full(answer);
    for (let index = 0; index < shapes.length; index += 1) {
      const shape = shapes[index] as Shape;
      const checked = recognised(shape, answer, body);
      if (checked === null) continue;
      if (index > 0) {
        shapes.splice(index, 1);
        shapes.unshift(shape);
      }
      return checked;
    }
    return full(answer);
  };
}

const NO_VIOLATIONS: readonly never[] = [];

function recognised(shape: Shape, answer: Answer, body: string): Checked | null {
  const { recogniser, idIndex, timeIndex } = shape;
  if (!recogniser.recognise(body)) return null;
  const { headers } = answer;
  if (headers['Content-Type'] !== shape.contentType) return null;
  if (timeIndex >= 0) {
    const time = recogniser.values[timeIndex]?.written ?? '';
    const date = headers['Date'];
    // Without a Date our own clock is compared with, and that goes on.
    if (date === undefined || date !== shape.lastDate || time !== shape.lastTime) {
      if (timeProblem(Number(time), judged(answer)) !== null) return null;
      shape.lastDate = date;
      shape.lastTime = time;
    }
  }
  if (idIndex < 0) return { violations: NO_VIOLATIONS, createdId: null, isRecognised: true };
  const id = recogniser.values[idIndex]?.written ?? '';
  return { violations: NO_VIOLATIONS, createdId: shape.isIdNumber ? Number(id) : id, isRecognised: true };
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
  const hasTime = isSuccess && created?.time !== undefined && typeof valueAt(kept.value, created.time) === 'number';
  if (isSuccess) {
    const isSent = (pointer: string) => (valueAt(request, pointer) ?? null) !== null;
    frozen.push(...(operation.echo ?? []).filter((echo) => isSent(echo.request)).map((echo) => echo.response));
    if (created !== undefined && hasId) captured.push(created.id);
    if (created !== undefined && typeof id === 'number')
      rules.set(created.id, [{ keyword: 'exclusiveMinimum', limit: 0 }]);
    if (created?.time !== undefined && hasTime) captured.push(created.time);
  } else if (operation.responses[String(status)]?.codes !== undefined) {
    // Wherever a code stands in an error, it is one that was found to be right.
    const leaves = jsonLeaves(kept.text) ?? [];
    frozen.push(...leaves.filter(({ path }) => path.includes('code')).map(({ path }) => toPointer(path)));
  }
  const recogniser = makeRecogniser(schemas, kept.schemaFile, kept.text, kept.value, { frozen, rules, captured });
  if (recogniser === null) return null;
  return {
    recogniser,
    contentType,
    idIndex: hasId ? 0 : -1,
    timeIndex: hasTime ? captured.length - 1 : -1,
    isIdNumber: typeof id === 'number',
    lastDate: undefined,
    lastTime: '',
  };
}
