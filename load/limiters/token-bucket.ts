import { type Anchor, type Decision, keyed, type Limiter } from './limiter.ts';

export interface TokenBucketOptions {
  /** Tokens of a full bucket: requests admitted in one burst. */
  readonly burst: number;
  readonly refillPerSecond: number;
  /** Tokens come in steps of this length, all of a step at once; absent: continuously. */
  readonly step?: { readonly intervalMs: number; readonly anchor: Anchor };
  /** Tokens at the start; absent: full. */
  readonly initial?: number;
}

interface State {
  tokens: number;
  atMs: number | null;
}

/** Each request takes a token; a request that finds less than one is rejected and takes none. */
export function tokenBucket({ burst, refillPerSecond, step, initial = burst }: TokenBucketOptions): Limiter {
  const stateOf = keyed<State>(() => ({ tokens: initial, atMs: null }));
  const perStep = step === undefined ? 0 : (refillPerSecond * step.intervalMs) / 1000;

  const refill = (nowMs: number, state: State): void => {
    if (state.atMs === null) {
      if (step?.anchor.kind === 'grid') {
        const { originMs } = step.anchor;
        state.atMs = originMs + Math.floor((nowMs - originMs) / step.intervalMs) * step.intervalMs;
      } else state.atMs = nowMs;
    }
    if (step === undefined) {
      state.tokens = Math.min(burst, state.tokens + ((nowMs - state.atMs) * refillPerSecond) / 1000);
      state.atMs = nowMs;
      return;
    }
    const steps = Math.floor((nowMs - state.atMs) / step.intervalMs);
    state.tokens = Math.min(burst, state.tokens + steps * perStep);
    state.atMs += steps * step.intervalMs;
  };
  const waitMs = (missing: number, nowMs: number, state: State): number =>
    step === undefined
      ? (missing / refillPerSecond) * 1000
      : Math.ceil(missing / perStep) * step.intervalMs - (nowMs - (state.atMs ?? nowMs));

  return {
    decide(nowMs, key): Decision {
      const state = stateOf(key);
      refill(nowMs, state);
      // A thousand-millionth of a token is what floating point may owe after many refills.
      const admitted = state.tokens >= 1 - 1e-9;
      if (admitted) state.tokens = Math.max(0, state.tokens - 1);
      const shared = {
        limit: burst,
        remaining: Math.floor(state.tokens + 1e-9),
        resetMs: waitMs(burst - state.tokens, nowMs, state),
      };
      return admitted
        ? { admitted, ...shared }
        : { admitted, ...shared, retryAfterMs: waitMs(1 - state.tokens, nowMs, state) };
    },
    wouldAdmit(nowMs, key) {
      const state = stateOf(key);
      refill(nowMs, state);
      return state.tokens >= 1 - 1e-9;
    },
  };
}
