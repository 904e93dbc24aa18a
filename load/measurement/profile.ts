import type { Operation } from '../../contracts/lib/operation.ts';
import type { Environment, Target } from '../../contracts/lib/target.ts';
import { UserError } from '../../contracts/lib/user-error.ts';

/**
 * What load is put on the target, and its numbers where none are given. Read from the environment, so that a plain
 * `k6 run` does the same as `assay throughput`. Pure.
 */

/** open: requests start at a rate, whatever the answers do. closed: each user waits for an answer before it asks again. */
export type LoadProfile = {
  readonly durationSeconds: number;
  /** Time at the start that figures leave out. */
  readonly warmUpSeconds: number;
} & (
  | {
      readonly mode: 'open';
      readonly ratePerSecond: number;
      /** Virtual users made before the start, and the most that may be made while it runs. */
      readonly preallocatedVus: number;
      readonly maxVus: number;
    }
  | { readonly mode: 'closed'; readonly vus: number }
);

/** Environment variables of a load profile, and what they are called in messages. */
export const PROFILE_VARIABLES = {
  rate: 'ASSAY_RATE',
  vus: 'ASSAY_VUS',
  durationSeconds: 'ASSAY_DURATION_SECONDS',
  warmUpSeconds: 'ASSAY_WARM_UP_SECONDS',
  expectedLatencyMs: 'ASSAY_EXPECTED_LATENCY_MS',
} as const;

/** On loopback: enough to show percentiles, little enough for two cores shared with the server. */
const LOOPBACK_RATE_PER_SECOND = 200;
const DEFAULT_DURATION_SECONDS = 10;
/** Assumed where nothing was measured before. */
const DEFAULT_LATENCY_MS = 100;
/** A request that takes longer is given up, and counts as one without an answer. */
export const REQUEST_TIMEOUT_SECONDS = 10;

/**
 * The load that `env` asks for. Without a rate or users: 200/s on loopback, elsewhere the documented limit, spread
 * evenly (1/s where none is documented). Throws UserError for a value that is none.
 */
export function parseLoadProfile(
  env: Environment,
  target: Pick<Target, 'isLoopback'>,
  documentedLimit: Operation['limit'],
): LoadProfile {
  const given = (name: string): number | null => {
    const text = (env[name] ?? '').trim();
    if (text === '') return null;
    const value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || value > 1e9) {
      throw new UserError(`${name} is not usable`, {
        why: `it is no number of at least 0: ${text.slice(0, 40)}`,
        fix: `set ${name} to a number, or unset it`,
      });
    }
    return value;
  };
  const positive = (name: string): number | null => {
    const value = given(name);
    if (value === 0) {
      throw new UserError(`${name} is not usable`, {
        why: 'it is 0',
        fix: `set ${name} to a number above 0, or unset it`,
      });
    }
    return value;
  };
  const rate = positive(PROFILE_VARIABLES.rate);
  const vus = positive(PROFILE_VARIABLES.vus);
  const durationSeconds = positive(PROFILE_VARIABLES.durationSeconds) ?? DEFAULT_DURATION_SECONDS;
  const warmUpSeconds = given(PROFILE_VARIABLES.warmUpSeconds) ?? defaultWarmUpSeconds(durationSeconds);
  if (warmUpSeconds >= durationSeconds) {
    throw new UserError('nothing is left to measure', {
      why: `the warm-up takes ${warmUpSeconds} s of ${durationSeconds} s`,
      fix: 'make the load longer, or the warm-up shorter',
    });
  }
  if (vus !== null) {
    if (rate !== null) {
      throw new UserError('a rate and a number of users cannot be kept at once', {
        why: 'a rate starts requests whatever the answers do; users wait for their answers, so their rate follows from them',
        fix: 'give one of --rate and --vus',
      });
    }
    return { mode: 'closed', vus: Math.ceil(vus), durationSeconds, warmUpSeconds };
  }
  const ratePerSecond = rate ?? (target.isLoopback ? LOOPBACK_RATE_PER_SECOND : documentedPace(documentedLimit));
  return {
    mode: 'open',
    ratePerSecond,
    ...vusFor(ratePerSecond, given(PROFILE_VARIABLES.expectedLatencyMs) ?? DEFAULT_LATENCY_MS),
    durationSeconds,
    warmUpSeconds,
  };
}

function documentedPace(limit: Operation['limit']): number {
  return limit === undefined ? 1 : limit.requests / limit.windowSeconds;
}

/** Connections and caches settle in the first tenth, in whole seconds, at most 5 s. */
function defaultWarmUpSeconds(durationSeconds: number): number {
  return Math.min(5, Math.floor(durationSeconds / 10));
}

/**
 * A user is busy for one latency, so rate × latency of them are busy at once (Little's law): four times that are made
 * ready, and as many more may be made as answers of 2 s would need. A user takes about 0.5 MB.
 */
function vusFor(ratePerSecond: number, latencyMs: number): { preallocatedVus: number; maxVus: number } {
  const busy = (seconds: number) => Math.ceil(ratePerSecond * seconds);
  const preallocatedVus = Math.min(400, Math.max(5, busy((4 * latencyMs) / 1000)));
  return { preallocatedVus, maxVus: Math.max(preallocatedVus, Math.min(1000, busy(2))) };
}

/** Requests that the load will send; null where that depends on the answers. */
export function plannedRequests(profile: LoadProfile): number | null {
  return profile.mode === 'open' ? Math.round(profile.ratePerSecond * profile.durationSeconds) : null;
}

/** k6 takes whole rates; others are said per 1000 s. */
export function k6Rate(ratePerSecond: number): { rate: number; timeUnit: string } {
  return Number.isInteger(ratePerSecond)
    ? { rate: ratePerSecond, timeUnit: '1s' }
    : { rate: Math.max(1, Math.round(ratePerSecond * 1000)), timeUnit: '1000s' };
}
