import type { Contract } from '../lib/contract.ts';
import type { Json } from '../lib/operation.ts';
import { valueAt } from '../lib/pointer.ts';
import { type Answer, headerOf } from './answer.ts';
import type { JsonText } from './json-text.ts';
import { sourceOf } from './source.ts';
import { shown, type Violation } from './violation.ts';

/** How far a time of creation may lie from the server's clock, s: more than any delay, less than any time zone. */
const CLOCK_TOLERANCE_SECONDS = 600;
/** The same where the server sends no Date and only our own clock is there to compare with. */
const OWN_CLOCK_TOLERANCE_SECONDS = 1500;

/** What operation.json says of a success beyond its schema: echoes, a positive id, a plausible time of creation. */
export function successViolations(
  contract: Contract,
  answer: Answer,
  body: unknown,
  request: Json | undefined,
): Violation[] {
  return [
    ...(request === undefined ? [] : echoViolations(contract, body, request)),
    ...idViolations(contract, body),
    ...timeViolations(contract, answer, body),
  ];
}

function echoViolations(contract: Contract, body: unknown, request: Json): Violation[] {
  return (contract.operation.echo ?? []).flatMap((echo) => {
    const sent = valueAt(request, echo.request);
    if (sent === undefined || sent === null) return [];
    const received = valueAt(body, echo.response);
    const parent = echo.response.replace(/\/[^/]*$/, '');
    if (received === undefined && echo.unless === 'null' && valueAt(body, parent) === null) return [];
    // A number that was sent as a text, for the server to read as a number, comes back as one.
    if (
      received === sent ||
      (typeof sent === 'string' && typeof received === 'number' && Number(sent) === received) ||
      (typeof sent === 'object' && JSON.stringify(received) === JSON.stringify(sent))
    )
      return [];
    return [
      {
        rule: 'echo',
        pointer: echo.response,
        expected: `${shown(sent)}, as sent at ${echo.request}`,
        received: received === undefined ? `${shown(valueAt(body, parent))} at ${parent}` : shown(received),
        source: sourceOf(contract, 'operation.json#/echo', 'echo'),
      },
    ];
  });
}

function idViolations(contract: Contract, body: unknown): Violation[] {
  const { created } = contract.operation;
  if (created === undefined) return [];
  const id = valueAt(body, created.id);
  if (typeof id !== 'number' || id > 0) return [];
  return [
    {
      rule: 'created.id',
      pointer: created.id,
      expected: 'a positive id',
      received: shown(id),
      source: sourceOf(contract, 'operation.json#/created/id', 'created'),
    },
  ];
}

function timeViolations(contract: Contract, answer: Answer, body: unknown): Violation[] {
  const pointer = contract.operation.created?.time;
  if (pointer === undefined) return [];
  const time = valueAt(body, pointer);
  const seconds = secondsOf(time);
  if (seconds === null) return [];
  const wrong = timeProblem(seconds, answer);
  return wrong === null
    ? []
    : [
        {
          rule: 'created.time',
          pointer,
          ...wrong,
          source: sourceOf(contract, 'operation.json#/created/time', 'created'),
        },
      ];
}

/** A time as Unix seconds: such a number, the same written as a text ("1601557390.769"), or ISO 8601; null for others. */
export function secondsOf(time: unknown): number | null {
  const seconds = typeof time !== 'string' ? time : /^\d+(\.\d+)?$/.test(time) ? Number(time) : Date.parse(time) / 1000;
  return typeof seconds === 'number' && !Number.isNaN(seconds) ? seconds : null;
}

/**
 * What is wrong with a Unix time in seconds that should be now; null if nothing is. It may be now by the server's
 * clock, as its Date header has it, or by ours: either of the two may be wrong.
 */
export function timeProblem(seconds: number, answer: Answer): { expected: string; received: string } | null {
  const served = Date.parse(headerOf(answer, 'date') ?? '');
  const nowSeconds = (Number.isNaN(served) ? answer.receivedAtMs : served) / 1000;
  const tolerance = Number.isNaN(served) ? OWN_CLOCK_TOLERANCE_SECONDS : CLOCK_TOLERANCE_SECONDS;
  const spentSeconds = (answer.receivedAtMs - answer.sentAtMs) / 1000;
  const off = seconds - nowSeconds;
  const [fromMs, untilMs] = plausibleAtMs(seconds, spentSeconds);
  if (answer.receivedAtMs >= fromMs && answer.receivedAtMs <= untilMs) return null;
  if (Math.abs(off) <= tolerance + spentSeconds) return null;
  const isMilliseconds = Math.abs(seconds / 1000 - nowSeconds) <= tolerance + spentSeconds;
  return {
    expected: `the time of creation in Unix seconds, about ${Math.round(nowSeconds)} by the ${Number.isNaN(served) ? 'local' : "server's"} clock`,
    received: `${shown(seconds)}${isMilliseconds ? ', which are milliseconds' : `, which is ${duration(Math.abs(off))} ${off > 0 ? 'ahead' : 'behind'}`}`,
  };
}

/** When our own clock may receive a thing made at this Unix time, ms: then nothing is wrong, whatever the server's shows. */
export function plausibleAtMs(seconds: number, spentSeconds = 0): readonly [fromMs: number, untilMs: number] {
  const toleranceMs = (CLOCK_TOLERANCE_SECONDS + spentSeconds) * 1000;
  return [seconds * 1000 - toleranceMs, seconds * 1000 + toleranceMs];
}

function duration(seconds: number): string {
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} hours` : `${Math.round(seconds / 86_400)} days`;
}

/** The id that an answer says it created, as written (so that ids beyond 2^53 stay apart); undefined without one. */
export function createdId(contract: Contract, json: JsonText | null): string | number | undefined {
  const pointer = contract.operation.created?.id;
  if (pointer === undefined || json === null) return undefined;
  const id = valueAt(json.value, pointer);
  if (typeof id === 'number') return Number.isSafeInteger(id) ? id : (json.numberAt(pointer) ?? id);
  return typeof id === 'string' ? id : undefined;
}

/** Ids that were given out more than once. */
export function repeatedIdViolations(contract: Contract, ids: readonly (string | number)[]): Violation[] {
  const pointer = contract.operation.created?.id;
  const repeated = ids.find((id, at) => ids.indexOf(id) !== at);
  if (pointer === undefined || repeated === undefined) return [];
  return [
    {
      rule: 'created.id',
      pointer,
      expected: 'a new id for each creation',
      received: `${repeated} ${ids.filter((id) => id === repeated).length} times in ${ids.length} answers`,
      source: sourceOf(contract, 'operation.json#/created/id', 'created'),
    },
  ];
}
