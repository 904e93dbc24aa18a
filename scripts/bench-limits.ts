/**
 * `npm run bench:limits`: random simulated limiters of every kind against the engine; prints by kind how many were
 * identified exactly, bounded or left undecided, and wrongly, and what it cost.
 *
 *     --count N   limiters in all (2000)      --seed S   (1)      --kind K   only kinds whose name holds K
 *     --list      one line for each limiter that was not identified exactly, though the network let it be
 */
import { parseArgs } from 'node:util';
import { type Judgement, judge, runSpecimen } from '../load/inference/testing/judge.ts';
import { seededRandom } from '../load/inference/testing/simulate.ts';
import { drawSpecimen, KINDS } from '../load/inference/testing/specimens.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    kind: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
});
const kinds = KINDS.filter((kind) => kind.includes(values.kind));
const count = Number(values.count);
const seed = Number(values.seed);
if (kinds.length === 0 || !Number.isInteger(count) || !Number.isInteger(seed)) {
  console.error(`usage: bench-limits [--count N] [--seed S] [--kind K] [--list]\n  kinds: ${KINDS.join(', ')}`);
  process.exit(2);
}

const byKind = new Map<string, Judgement[]>(kinds.map((kind) => [kind, []]));
const startedAtMs = performance.now();
for (let index = 0; index < count; index += 1) {
  const kind = kinds[index % kinds.length] ?? '';
  const specimenSeed = (seed * 1_000_003 + index) >>> 0;
  const random = seededRandom(specimenSeed);
  const specimen = drawSpecimen(kind, random);
  const judgement = judge(specimen, runSpecimen(specimen, random));
  byKind.get(kind)?.push(judgement);
  if (judgement.outcome === 'wrong' || (values.list && judgement.outcome !== 'exact' && judgement.isIdentifiable)) {
    console.log(`${judgement.outcome} ${kind} #${index} seed ${specimenSeed}: ${specimen.description}`);
    console.log(
      `    said: ${judgement.verdict.verdict}: ${judgement.verdict.summary}; ${judgement.verdict.reason ?? ''}`,
    );
    if (judgement.outcome === 'wrong') console.log(`    wrong: ${judgement.mistakes.join('; ')}`);
  }
}

const median = (numbers: readonly number[]): string => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  return middle === undefined ? '' : middle.toFixed(1);
};
const row = (name: string, runs: readonly Judgement[]): string => {
  const of = (outcome: Judgement['outcome']): number => runs.filter((run) => run.outcome === outcome).length;
  const identifiable = runs.filter(({ isIdentifiable }) => isIdentifiable);
  const exactOfThose = identifiable.filter(({ outcome }) => outcome === 'exact').length;
  const share = identifiable.length === 0 ? '' : `${((100 * exactOfThose) / identifiable.length).toFixed(1)} %`;
  const cells = [of('exact'), of('undecided'), of('wrong'), `${exactOfThose}/${identifiable.length}`, share];
  // What an answer costs; a network that allows none costs whatever the budget is.
  const answered = runs.filter(({ outcome }) => outcome === 'exact');
  const costs = [
    median(answered.map(({ requestsRatio }) => requestsRatio)),
    median(answered.map(({ timeRatio }) => timeRatio)),
    answered.filter(({ isCheap }) => isCheap).length,
  ];
  return [name.padEnd(34), ...[...cells, ...costs].map((cell) => String(cell).padStart(12))].join('');
};
const heads = ['exact', 'undecided', 'wrong', 'identifiable', 'share', 'req÷(N+1)', 'time÷window', '≤3(N+1)+40'];
console.log(`seed ${seed}, ${count} limiters`);
console.log(['kind'.padEnd(34), ...heads.map((head) => head.padStart(12))].join(''));
for (const [kind, runs] of byKind) console.log(row(kind, runs));
const all = [...byKind.values()].flat();
console.log(row('all', all));
console.log(`${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
if (all.some(({ outcome }) => outcome === 'wrong')) process.exitCode = 1;
