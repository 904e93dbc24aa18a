/** What real limiters add to the textbook: bans, coarse clocks, slow or unusual rejections, and no system at all. */
import { type Decision, keyed, type Limiter, type Random } from './limiter.ts';

/** After a rejection by `inner`, every request is rejected for `banMs`; `isProlonged`: from the latest rejected one. */
export function withBan(inner: Limiter, banMs: number, isProlonged = false): Limiter {
  const stateOf = keyed(() => ({ untilMs: Number.NEGATIVE_INFINITY }));
  return {
    decide(nowMs, key): Decision {
      const state = stateOf(key);
      if (nowMs < state.untilMs) {
        if (isProlonged) state.untilMs = nowMs + banMs;
        return { admitted: false, remaining: 0, retryAfterMs: state.untilMs - nowMs };
      }
      const decision = inner.decide(nowMs, key);
      if (decision.admitted) return decision;
      state.untilMs = nowMs + banMs;
      return { ...decision, remaining: 0, retryAfterMs: Math.max(banMs, decision.retryAfterMs ?? 0) };
    },
    wouldAdmit: (nowMs, key) => nowMs >= stateOf(key).untilMs && inner.wouldAdmit(nowMs, key),
  };
}

/** The limiter's clock only ticks every `tickMs`: whole milliseconds, whole seconds. */
export function withCoarseClock(inner: Limiter, tickMs: number): Limiter {
  const tick = (nowMs: number): number => Math.floor(nowMs / tickMs) * tickMs;
  return {
    decide: (nowMs, key) => inner.decide(tick(nowMs), key),
    wouldAdmit: (nowMs, key) => inner.wouldAdmit(tick(nowMs), key),
  };
}

/** Rejections carry this status and are held back this long. */
export function withRejection(inner: Limiter, how: { readonly status?: number; readonly delayMs?: number }): Limiter {
  return {
    decide(nowMs, key) {
      const decision = inner.decide(nowMs, key);
      return decision.admitted ? decision : { ...decision, ...how };
    },
    wouldAdmit: (nowMs, key) => inner.wouldAdmit(nowMs, key),
  };
}

/** Turns away this share of all requests at random, before `inner` sees them. */
export function withShedding(inner: Limiter, share: number, random: Random, status?: number): Limiter {
  return {
    decide(nowMs, key) {
      if (random() >= share) return inner.decide(nowMs, key);
      return status === undefined ? { admitted: false } : { admitted: false, status };
    },
    wouldAdmit: (nowMs, key) => inner.wouldAdmit(nowMs, key),
  };
}

/** One limiter until `atMs`, another from then on: a limit that changes, or warms up. */
export function changingAt(atMs: number, before: Limiter, after: Limiter): Limiter {
  const at = (nowMs: number): Limiter => (nowMs < atMs ? before : after);
  return {
    decide: (nowMs, key) => at(nowMs).decide(nowMs, key),
    wouldAdmit: (nowMs, key) => at(nowMs).wouldAdmit(nowMs, key),
  };
}

/** Several servers, each with counters of its own, behind a balancer that deals requests out in turn. */
export function roundRobin(servers: readonly Limiter[]): Limiter {
  let turn = 0;
  const server = (): Limiter => {
    const chosen = servers[turn % servers.length];
    if (chosen === undefined) throw new RangeError('a balancer needs a server');
    return chosen;
  };
  return {
    decide(nowMs, key) {
      const decision = server().decide(nowMs, key);
      turn += 1;
      return decision;
    },
    wouldAdmit: (nowMs, key) => server().wouldAdmit(nowMs, key),
  };
}

/** No limit at all. */
export const unlimited: Limiter = { decide: () => ({ admitted: true }), wouldAdmit: () => true };
