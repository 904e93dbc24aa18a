import type { LimitsVerdict, Outcome, ProbeIdentity, ProbeKind, Progress } from '../../load/inference/engine.ts';
import { type LimitsLine, OUTCOME_LETTERS } from '../../load/lib/limits-lines.ts';

/** What the limits script has said so far, put together. Pure. */

/** One request. Times are ms of the script's clock. */
export interface CollectedRequest {
  readonly number: number;
  readonly kind: ProbeKind;
  readonly identity: ProbeIdentity;
  readonly sentAtMs: number;
  /** null: no answer yet. */
  readonly receivedAtMs: number | null;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface CollectedVerdict {
  readonly verdict: LimitsVerdict;
  readonly isFinal: boolean;
  readonly outcomes: ReadonlyMap<number, Outcome>;
  readonly quota: readonly (readonly [atMs: number, remaining: number])[];
}

export interface CollectedRun {
  /** Wall clock, ms since 1970, at time 0 of the script's clock; null: it has not begun. */
  readonly wallClockAtZeroMs: number | null;
  /** In the order of sending. */
  readonly requests: readonly CollectedRequest[];
  /** The last one said. */
  readonly verdict: CollectedVerdict | null;
  readonly progress: Progress | null;
  readonly unusable: string | null;
  readonly bug: string | null;
  /** The latest time that was said. */
  readonly lastAtMs: number;
}

export interface Collector {
  take(line: LimitsLine): void;
  run(): CollectedRun;
}

export function createCollector(): Collector {
  const requests = new Map<number, CollectedRequest>();
  let wallClockAtZeroMs: number | null = null;
  let verdict: CollectedVerdict | null = null;
  let progress: Progress | null = null;
  let unusable: string | null = null;
  let bug: string | null = null;
  let lastAtMs = 0;
  return {
    take(line) {
      if ('atMs' in line) lastAtMs = Math.max(lastAtMs, line.atMs);
      switch (line.kind) {
        case 'start':
          wallClockAtZeroMs = line.wallClockMs - line.atMs;
          return;
        case 'sent':
          for (const [number, kind, identity, sentAtMs] of line.probes) {
            lastAtMs = Math.max(lastAtMs, sentAtMs);
            requests.set(number, { number, kind, identity, sentAtMs, receivedAtMs: null, status: null, headers: {} });
          }
          return;
        case 'answer': {
          const { number, receivedAtMs, status, headers } = line;
          const sent = requests.get(number);
          if (sent === undefined) throw new Error(`the script had an answer to request ${number} before it was sent`);
          lastAtMs = Math.max(lastAtMs, receivedAtMs);
          requests.set(number, { ...sent, receivedAtMs, status, headers });
          return;
        }
        case 'progress':
          progress = line.progress;
          return;
        case 'verdict':
          verdict = {
            verdict: withInfinity(line.verdict),
            isFinal: line.isFinal,
            outcomes: parseOutcomes(line.outcomes),
            quota: line.quota,
          };
          return;
        case 'unusable':
          unusable = line.why;
          return;
        case 'bug':
          bug = line.message;
          return;
        default:
          throw new Error(`the script said something unknown: ${JSON.stringify(line satisfies never)}`);
      }
    },
    run: () => ({
      wallClockAtZeroMs,
      requests: [...requests.values()].sort((a, b) => a.number - b.number),
      verdict,
      progress,
      unusable,
      bug,
      lastAtMs,
    }),
  };
}

function parseOutcomes(letters: string): Map<number, Outcome> {
  const byLetter = new Map(Object.entries(OUTCOME_LETTERS).map(([outcome, letter]) => [letter, outcome as Outcome]));
  const outcomes = new Map<number, Outcome>();
  for (const [index, letter] of [...letters].entries()) {
    const outcome = byLetter.get(letter);
    if (outcome !== undefined) outcomes.set(index + 1, outcome);
  }
  return outcomes;
}

/** JSON has no Infinity: an upper bound of null is one. */
function withInfinity(verdict: LimitsVerdict): LimitsVerdict {
  const range = (pair: readonly [number, number | null]): [number, number] => [
    pair[0],
    pair[1] ?? Number.POSITIVE_INFINITY,
  ];
  return {
    ...verdict,
    limits: verdict.limits.map((limit) => ({
      ...limit,
      capacityRange: range(limit.capacityRange),
      windowSecondsRange: limit.windowSecondsRange && range(limit.windowSecondsRange),
      refillPerSecondRange: limit.refillPerSecondRange && range(limit.refillPerSecondRange),
    })),
    evidence: {
      ...verdict.evidence,
      models: verdict.evidence.models.map((model) => ({
        ...model,
        parameters: Object.fromEntries(Object.entries(model.parameters).map(([name, pair]) => [name, range(pair)])),
      })),
      quota: null,
    },
  };
}
