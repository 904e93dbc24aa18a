import type { Decision, Limiter } from './limiter.ts';

/**
 * Several limits at once. `together`: a request counts only when every tier admits it. `in-turn`: the tiers are asked
 * one after another, and those before the one that rejects have counted it already (stacked middleware).
 */
export function tiers(parts: readonly Limiter[], order: 'together' | 'in-turn' = 'together'): Limiter {
  const wouldAdmit = (nowMs: number, key: string): boolean => parts.every((part) => part.wouldAdmit(nowMs, key));
  return {
    decide(nowMs, key): Decision {
      if (order === 'together' && !wouldAdmit(nowMs, key)) {
        const rejecting = parts.filter((part) => !part.wouldAdmit(nowMs, key)).map((part) => part.decide(nowMs, key));
        return strictest(rejecting);
      }
      const decisions: Decision[] = [];
      for (const part of parts) {
        const decision = part.decide(nowMs, key);
        if (!decision.admitted) {
          for (const earlier of decisions) earlier.release?.(nowMs);
          return decision;
        }
        decisions.push(decision);
      }
      const releases = decisions.flatMap(({ release }) => (release === undefined ? [] : [release]));
      const delayMs = Math.max(0, ...decisions.map((decision) => decision.delayMs ?? 0));
      return {
        ...strictest(decisions),
        ...(delayMs > 0 ? { delayMs } : {}),
        ...(releases.length > 0
          ? {
              release: (atMs: number) => {
                for (const release of releases) release(atMs);
              },
            }
          : {}),
      };
    },
    wouldAdmit,
  };
}

/** Of several decisions alike, the one that leaves least, or makes wait longest. */
function strictest(decisions: readonly Decision[]): Decision {
  return decisions.reduce((a, b) =>
    (b.retryAfterMs ?? 0) > (a.retryAfterMs ?? 0) || (b.remaining ?? Infinity) < (a.remaining ?? Infinity) ? b : a,
  );
}
