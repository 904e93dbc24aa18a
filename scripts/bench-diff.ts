import { PAIRS } from '../contracts/diff/fixtures/pairs.ts';
import { POLICY_PAIRS } from '../contracts/diff/fixtures/policy-pairs.ts';
import type { Direction, Policy } from '../contracts/diff/rules.ts';
import { bundleSchema } from '../contracts/diff/schema-bundle.ts';
import { diffSchemas, type Verdict } from '../contracts/diff/schema-diff.ts';
import type { JsonSchema } from '../contracts/lib/operation.ts';

/** `npm run bench:diff`: the verdicts on the pairs that were reasoned out by hand, and the time that each takes. */

const GOAL = { rightPercent: 99, medianMs: 20 };
const ROUNDS = 3;

interface Case {
  readonly name: string;
  readonly old: JsonSchema;
  readonly new: JsonSchema;
  readonly direction: Direction;
  readonly policy: Policy;
  readonly isBreak: boolean;
}

const cases: Case[] = [
  ...PAIRS.flatMap(([name, a, relation, b]) =>
    (['request', 'response'] as const).map((direction): Case => {
      const isBreak = relation === 'x' || relation === (direction === 'request' ? '>' : '<');
      return { name, old: a, new: b, direction, policy: 'strict', isBreak };
    }),
  ),
  ...POLICY_PAIRS.flatMap(({ name, direction, old, new: now, pragmatic, strict }) =>
    (['pragmatic', 'strict'] as const).map((policy): Case => {
      const verdict = policy === 'strict' ? strict : pragmatic;
      return { name, old, new: now, direction, policy, isBreak: verdict === 'breaking' };
    }),
  ),
];

const bundle = (schema: JsonSchema) => bundleSchema({ file: 'body.json', documents: new Map([['body.json', schema]]) });

function outcome(isBreak: boolean, verdict: Verdict): 'right' | 'missed' | 'noise' | 'undecided' {
  if (verdict === 'breaking') return isBreak ? 'right' : 'noise';
  if (isBreak) return 'missed';
  return verdict === 'compatible' ? 'right' : 'undecided';
}

const count = { right: 0, missed: 0, noise: 0, undecided: 0 };
const timesMs: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  for (const { name, old, new: now, direction, policy, isBreak } of cases) {
    const startedAtMs = performance.now();
    const { verdict } = diffSchemas(bundle(old), bundle(now), {
      direction,
      policy,
      newResponseValues: 'breaking',
      seed: 1,
      values: 1000,
    });
    timesMs.push(performance.now() - startedAtMs);
    if (round > 0) continue;
    const kind = outcome(isBreak, verdict);
    count[kind]++;
    if (kind !== 'right') console.log(`${kind}: ${name}, as a ${direction}, ${policy}: ${verdict}`);
  }
}
timesMs.sort((a, b) => a - b);
const at = (part: number): number => timesMs[Math.min(timesMs.length - 1, Math.floor(timesMs.length * part))] ?? 0;
const percent = (100 * count.right) / cases.length;
const medianMs = at(0.5);
console.log(
  `verdicts ${cases.length}: right ${count.right} (${percent.toFixed(1)} %), missed ${count.missed}, noise ${count.noise}, undecided ${count.undecided}`,
);
console.log(
  `time per verdict: median ${medianMs.toFixed(2)} ms, p95 ${at(0.95).toFixed(1)} ms, longest ${at(1).toFixed(0)} ms`,
);
if (percent < GOAL.rightPercent || medianMs > GOAL.medianMs) {
  console.log(`the goal is ${GOAL.rightPercent} % right and a median under ${GOAL.medianMs} ms`);
  process.exitCode = 1;
}
