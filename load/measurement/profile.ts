import { type BudgetLimits, parseBudget } from '../../contracts/lib/budget.ts';
import { deadlineMs } from '../../contracts/lib/environment-numbers.ts';
import type { Operation } from '../../contracts/lib/operation.ts';
import type { Environment, Target } from '../../contracts/lib/target.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import { type Objective, parseObjectives } from './objectives.ts';

/**
 * What load is put on the target, and its numbers where none are given. Read from the environment, so that a plain
 * `k6 run` does the same as `assay throughput`. Pure.
 */

export type LoadProfile = {
  readonly durationSeconds: number;
  /** Time at the start that figures leave out. */
  readonly warmUpSeconds: number;
  /** A request that takes longer is given up, and counts as one without an answer. */
  readonly requestTimeoutMs: number;
  readonly objectives: readonly Objective[];
  /** Nothing is sent after so many requests of users (each with what goes before it); null: no budget says so. */
  readonly maxIterations: number | null;
  /** When the load ends: with `durationSeconds`, or before, where a budget ends it. Closed users may be done sooner. */
  readonly endsAtSeconds: number;
  /** How long users are kept ready: a little longer, where the number of requests ends the load. */
  readonly scenarioSeconds: number;
} & (
  | {
      /** Requests start at a rate, whatever the answers do. soak is the same for long; spike rises at once, and falls. */
      readonly mode: 'open' | 'soak' | 'spike';
      /** Of a spike: its highest. */
      readonly ratePerSecond: number;
      /** Of other modes: null. */
      readonly spike: Spike | null;
      /** Virtual users made before the start, and the most that may be made while it runs. */
      readonly preallocatedVus: number;
      readonly maxVus: number;
    }
  /** Each user waits for an answer before it asks again. */
  | { readonly mode: 'closed'; readonly vus: number }
);

/** What is around the highest rate of a load that rises to it at once. */
interface Spike {
  /** Before and after it. */
  readonly baseRatePerSecond: number;
  /** How long the highest rate lasts, in the middle of the load. */
  readonly seconds: number;
}

/** What `stretches` looks at. */
type LoadShape =
  | { readonly mode: 'closed' }
  | {
      readonly mode: 'open' | 'soak' | 'spike';
      readonly ratePerSecond: number;
      readonly spike: Spike | null;
      readonly durationSeconds: number;
    };

/** Environment variables of a load profile. */
export const PROFILE_VARIABLES = {
  preset: 'ASSAY_PRESET',
  mode: 'ASSAY_MODE',
  rate: 'ASSAY_RATE',
  baseRate: 'ASSAY_BASE_RATE',
  spikeSeconds: 'ASSAY_SPIKE_SECONDS',
  vus: 'ASSAY_VUS',
  maxVus: 'ASSAY_MAX_VUS',
  durationSeconds: 'ASSAY_DURATION_SECONDS',
  warmUpSeconds: 'ASSAY_WARM_UP_SECONDS',
  objectives: 'ASSAY_OBJECTIVES',
  expectedLatencyMs: 'ASSAY_EXPECTED_LATENCY_MS',
} as const;

/** On loopback: enough to show percentiles, little enough for two cores shared with the server. */
const LOOPBACK_RATE_PER_SECOND = 200;
/** Assumed where nothing was measured before. */
const DEFAULT_LATENCY_MS = 100;
/** Usual longest time for an answer. */
const REQUEST_TIMEOUT_MS = 10_000;

const MODES = ['open', 'closed', 'spike', 'soak'] as const;
type Mode = (typeof MODES)[number];

interface Preset {
  readonly mode: Mode;
  /** Of the usual rate of the target. */
  readonly rateShare: number;
  readonly durationSeconds: number;
}

/** What is run where nothing else is said, by name; each number may be set on top. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  smoke: { mode: 'open', rateShare: 0.05, durationSeconds: 5 },
  load: { mode: 'open', rateShare: 1, durationSeconds: 60 },
  stress: { mode: 'open', rateShare: 3, durationSeconds: 60 },
  spike: { mode: 'spike', rateShare: 5, durationSeconds: 30 },
  soak: { mode: 'soak', rateShare: 0.5, durationSeconds: 1800 },
};
const DEFAULTS: Record<Mode, Preset> = {
  open: { mode: 'open', rateShare: 1, durationSeconds: 10 },
  closed: { mode: 'closed', rateShare: 1, durationSeconds: 10 },
  spike: { mode: 'spike', rateShare: 5, durationSeconds: 30 },
  soak: { mode: 'soak', rateShare: 1, durationSeconds: 1800 },
};

/** Of the highest rate of a spike: what goes before and comes after it. */
const SPIKE_BASE_SHARE = 0.2;
/** Of the time of the load: how long the highest rate lasts. */
const SPIKE_TIME_SHARE = 1 / 3;

/**
 * The load that `env` asks for. Without a rate or users: 200/s on loopback, elsewhere the documented limit, spread
 * evenly (1/s where none is documented), and presets never above that limit. Throws UserError for a value that is none.
 */
export function parseLoadProfile(
  env: Environment,
  target: Pick<Target, 'isLoopback'>,
  documentedLimit: Operation['limit'],
  request: RequestCost = ONE_REQUEST,
): LoadProfile {
  const text = (name: string) => (env[name] ?? '').trim();
  const named = <T>(name: string, known: Readonly<Record<string, T>>): T | null => {
    if (text(name) === '') return null;
    const found = Object.hasOwn(known, text(name)) ? known[text(name)] : undefined;
    if (found === undefined)
      throw unusable(name, `it is none of ${Object.keys(known).join(', ')}: ${text(name).slice(0, 40)}`);
    return found;
  };
  const number = (name: string, least: 'zero' | 'above zero'): number | null => {
    if (text(name) === '') return null;
    const value = Number(text(name));
    if (!/^\d+(\.\d+)?$/.test(text(name)) || value > 1e9 || (least === 'above zero' && value === 0))
      throw unusable(
        name,
        `it is no number ${least === 'zero' ? 'of at least' : 'above'} 0: ${text(name).slice(0, 40)}`,
      );
    return value;
  };
  const rate = number(PROFILE_VARIABLES.rate, 'above zero');
  const vus = number(PROFILE_VARIABLES.vus, 'above zero');
  const maxVus = number(PROFILE_VARIABLES.maxVus, 'above zero');
  const ofSpike = {
    baseRate: number(PROFILE_VARIABLES.baseRate, 'above zero'),
    spikeSeconds: number(PROFILE_VARIABLES.spikeSeconds, 'above zero'),
  };
  const preset = named(PROFILE_VARIABLES.preset, PRESETS);
  const mode =
    named(PROFILE_VARIABLES.mode, Object.fromEntries(MODES.map((one) => [one, one]))) ??
    (vus === null ? (preset?.mode ?? 'open') : 'closed');
  const base = preset ?? DEFAULTS[mode];
  const durationSeconds = number(PROFILE_VARIABLES.durationSeconds, 'above zero') ?? base.durationSeconds;
  const warmUpSeconds = number(PROFILE_VARIABLES.warmUpSeconds, 'zero') ?? defaultWarmUpSeconds(durationSeconds);
  if (warmUpSeconds >= durationSeconds) {
    throw new UserError('nothing is left to measure', {
      why: `the warm-up takes ${warmUpSeconds} s of ${durationSeconds} s`,
      fix: 'make the load longer, or the warm-up shorter',
    });
  }
  const budget = parseBudget(env);
  const maxIterations = mostIterations(budget, request);
  const endsAtSeconds = Math.min(durationSeconds, budget.maxSeconds ?? durationSeconds);
  const common = {
    maxIterations,
    endsAtSeconds,
    scenarioSeconds: endsAtSeconds,
    durationSeconds,
    warmUpSeconds,
    requestTimeoutMs: deadlineMs(env, REQUEST_TIMEOUT_MS),
    objectives: parseObjectives(text(PROFILE_VARIABLES.objectives) || DEFAULT_OBJECTIVES),
  };
  if (rate !== null && vus !== null) {
    throw new UserError('a rate and a number of users cannot be kept at once', {
      why: 'a rate starts requests whatever the answers do; users wait for their answers, so their rate follows from them',
      fix: 'give one of --rate and --vus',
    });
  }
  for (const name of ['baseRate', 'spikeSeconds'] as const)
    if (ofSpike[name] !== null && mode !== 'spike')
      throw unusable(PROFILE_VARIABLES[name], `it is of a spike, and the mode is ${mode}`);
  if (mode === 'closed') {
    if (maxVus !== null) throw unusable(PROFILE_VARIABLES.maxVus, 'the number of fixed users is that of ASSAY_VUS');
    if (rate !== null) throw unusable(PROFILE_VARIABLES.rate, 'fixed users have no rate of their own');
    return { mode, vus: Math.ceil(vus ?? DEFAULT_VUS), ...common };
  }
  if (vus !== null) throw unusable(PROFILE_VARIABLES.vus, `the mode ${mode} starts requests at a rate`);
  const share = target.isLoopback ? base.rateShare : Math.min(1, base.rateShare);
  const usual = target.isLoopback ? LOOPBACK_RATE_PER_SECOND : documentedPace(documentedLimit);
  const ratePerSecond = rate ?? usual * share;
  const latencyMs = number(PROFILE_VARIABLES.expectedLatencyMs, 'zero') ?? DEFAULT_LATENCY_MS;
  const spike = mode === 'spike' ? spikeOf(ofSpike, ratePerSecond, durationSeconds) : null;
  const profile = { mode, ratePerSecond, spike, ...vusFor(ratePerSecond, latencyMs, maxVus), ...common };
  const soonerSeconds = Math.min(endsAtSeconds, secondsUntil(maxIterations, profile));
  return {
    ...profile,
    endsAtSeconds: soonerSeconds,
    scenarioSeconds: Math.min(endsAtSeconds, soonerSeconds + LATE_ARRIVALS_SECONDS),
  };
}

/** The first is promised by every contract, whatever the load; the second says that there was a server to load. */
const DEFAULT_OBJECTIVES = 'violations=0,failed<1%';
/** Users of the closed model where no number is given. */
const DEFAULT_VUS = 10;

function unusable(name: string, why: string): UserError {
  return new UserError(`${name} is not usable`, { why, fix: `correct ${name}, or unset it` });
}

function spikeOf(
  { baseRate, spikeSeconds }: { readonly baseRate: number | null; readonly spikeSeconds: number | null },
  ratePerSecond: number,
  durationSeconds: number,
): Spike {
  if (baseRate !== null && baseRate > ratePerSecond)
    throw unusable(PROFILE_VARIABLES.baseRate, `${baseRate}/s is more than the ${ratePerSecond}/s of the spike`);
  if (spikeSeconds !== null && spikeSeconds >= durationSeconds)
    throw unusable(PROFILE_VARIABLES.spikeSeconds, `nothing is left of the ${durationSeconds} s around the spike`);
  return {
    baseRatePerSecond: baseRate ?? ratePerSecond * SPIKE_BASE_SHARE,
    seconds: spikeSeconds ?? durationSeconds * SPIKE_TIME_SHARE,
  };
}

function documentedPace(limit: Operation['limit']): number {
  return limit === undefined ? 1 : limit.requests / limit.windowSeconds;
}

/** Connections and caches settle in the first tenth, in whole seconds, at most 5 s. */
function defaultWarmUpSeconds(durationSeconds: number): number {
  return Math.min(5, Math.floor(durationSeconds / 10));
}

/** A pause of server or generator for so long (a garbage collection, another process) shall drop no arrivals. */
const HICCUP_MS = 100;

/**
 * A user is busy for one latency, so rate × latency of them are busy at once (Little's law): four times that are made
 * ready, or as many as arrive in a hiccup, and as many more may be made as answers of 2 s would need. A user takes about 0.5 MB.
 */
function vusFor(
  ratePerSecond: number,
  latencyMs: number,
  most: number | null,
): { preallocatedVus: number; maxVus: number } {
  const busy = (seconds: number) => Math.ceil(ratePerSecond * seconds);
  const preallocatedVus = Math.min(400, Math.max(5, busy(Math.max(4 * latencyMs, HICCUP_MS) / 1000)));
  const maxVus = most === null ? Math.max(preallocatedVus, Math.min(1000, busy(2))) : Math.ceil(most);
  return { preallocatedVus: Math.min(preallocatedVus, maxVus), maxVus };
}

/** The last arrivals that a budget allows may be late, and are counted. */
const LATE_ARRIVALS_SECONDS = 1;

/** When so many requests are offered, s; Infinity where that is never. */
function secondsUntil(requests: number | null, profile: LoadShape): number {
  let left = requests ?? Number.POSITIVE_INFINITY;
  let atSeconds = 0;
  for (const { seconds, ratePerSecond } of stretches(profile)) {
    if (left <= seconds * ratePerSecond) return atSeconds + left / ratePerSecond;
    left -= seconds * ratePerSecond;
    atSeconds += seconds;
  }
  return Number.POSITIVE_INFINITY;
}

/** What one request of a user costs, with what has to go before it. */
export interface RequestCost {
  readonly requests: number;
  readonly created: number;
}

const ONE_REQUEST: RequestCost = { requests: 1, created: 1 };

function mostIterations({ maxRequests, maxCreated }: BudgetLimits, cost: RequestCost): number | null {
  const most = [
    ...(maxRequests === null ? [] : [Math.floor(maxRequests / cost.requests)]),
    ...(maxCreated === null || cost.created === 0 ? [] : [Math.floor(maxCreated / cost.created)]),
  ];
  return most.length === 0 ? null : Math.min(...most);
}

/** A stretch of time at one rate. */
export interface Stretch {
  readonly seconds: number;
  readonly ratePerSecond: number;
}

/** The rates of a load, one after the other; [] where its rate follows from the answers. */
export function stretches(profile: LoadShape): Stretch[] {
  if (profile.mode === 'closed') return [];
  const { ratePerSecond, spike, durationSeconds } = profile;
  if (spike === null) return [{ seconds: durationSeconds, ratePerSecond }];
  const around = { seconds: (durationSeconds - spike.seconds) / 2, ratePerSecond: spike.baseRatePerSecond };
  return [around, { seconds: spike.seconds, ratePerSecond }, around];
}

/** The same, up to a moment. */
export function stretchesUntil(profile: LoadProfile, endSeconds: number): Stretch[] {
  let leftSeconds = endSeconds;
  return stretches(profile).flatMap((stretch) => {
    const seconds = Math.min(stretch.seconds, leftSeconds);
    leftSeconds -= seconds;
    return seconds > 0 ? [{ ...stretch, seconds }] : [];
  });
}

/** Requests that are to start in a span of time; null where that follows from the answers. */
export function offeredRequests(profile: LoadProfile, fromSeconds: number, toSeconds: number): number | null {
  if (profile.mode === 'closed') return null;
  let startSeconds = 0;
  let requests = 0;
  for (const { seconds, ratePerSecond } of stretches(profile)) {
    const overlap = Math.min(toSeconds, startSeconds + seconds) - Math.max(fromSeconds, startSeconds);
    requests += Math.max(0, overlap) * ratePerSecond;
    startSeconds += seconds;
  }
  return requests;
}

/** k6 takes whole rates; others are said per 1000 s. */
export function k6Rate(ratePerSecond: number): { rate: number; timeUnit: string } {
  return Number.isInteger(ratePerSecond)
    ? { rate: ratePerSecond, timeUnit: '1s' }
    : { rate: Math.max(1, Math.round(ratePerSecond * 1000)), timeUnit: '1000s' };
}
