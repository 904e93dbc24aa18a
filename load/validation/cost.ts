import { operation as contractOperation, schemas } from 'assay:contract';
import { validators } from 'assay:validators';
import exec from 'k6/execution';
import type { Json, Operation } from '../../contracts/lib/operation.ts';
import { LINE_MARKER } from '../lib/line-marker.ts';
import { fastCheck } from './fast-check.ts';
import { type Answer, type CheckInParts, fullCheck, inParts } from './response-check.ts';

/**
 * What one check costs inside k6, without any request: for `npm run bench:validation`. The answers are those of a file
 * that ASSAY_COST_INPUT names: {"request": …, "answers": [{status, headers, body, receivedAtMs}]}.
 */

export const options = { vus: 1, iterations: 1 };

const operation: Operation = contractOperation;
const { request, answers } = JSON.parse(open(__ENV['ASSAY_COST_INPUT'] ?? '')) as { request: Json; answers: Answer[] };

const ROUNDS = 15;

/** Shortest of many rounds, µs an answer: the one in which no one else took the processor. */
function microsecondsOf(check: CheckInParts): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const startMs = exec.instance.currentTestRunDuration;
    for (const answer of answers) check(answer.status, answer.body, answer, answer.receivedAtMs);
    shortest = Math.min(shortest, exec.instance.currentTestRunDuration - startMs);
  }
  return (shortest * 1000) / answers.length;
}

export default function measureCost(): void {
  const parts = { operation, schemas, validators };
  const fast = fastCheck(parts, request);
  const recognised = answers.filter(
    (answer) => fast(answer.status, answer.body, answer, answer.receivedAtMs).isRecognised,
  ).length;
  const line = {
    recogniseMicroseconds: microsecondsOf(fast),
    parseMicroseconds: microsecondsOf(inParts(fullCheck(parts, request))),
    recognisedShare: recognised / answers.length,
  };
  console.log(LINE_MARKER + JSON.stringify(line));
}
