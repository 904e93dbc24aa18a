import type { Decision } from '../../load/limiters/limiter.ts';

/**
 * How a limit is told in headers: not at all; Retry-After on rejections only; also RateLimit-Policy and RateLimit
 * (draft-ietf-httpapi-ratelimit-headers-10); also X-RateLimit-Limit, -Remaining and -Reset (Unix seconds).
 */
export type AdvertisedHeaders = 'none' | 'retry-after' | 'draft' | 'legacy';

/** The headers that tell `decision`; what the limiter does not know is left out. `nowMs`: Unix milliseconds. */
export function advertisement(
  style: AdvertisedHeaders,
  decision: Decision,
  nowMs: number,
  windowSeconds: number | null,
): Record<string, string> {
  const headers: Record<string, string> = {};
  if (style === 'none') return headers;
  if (!decision.admitted && decision.retryAfterMs !== undefined && Number.isFinite(decision.retryAfterMs))
    headers['Retry-After'] = String(Math.max(1, Math.ceil(decision.retryAfterMs / 1000)));
  const { limit, remaining, resetMs } = decision;
  const resetSeconds = resetMs !== undefined && Number.isFinite(resetMs) ? Math.ceil(resetMs / 1000) : null;
  if (style === 'draft') {
    if (limit !== undefined)
      headers['RateLimit-Policy'] = `"default";q=${limit}${windowSeconds === null ? '' : `;w=${windowSeconds}`}`;
    if (remaining !== undefined)
      headers['RateLimit'] = `"default";r=${remaining}${resetSeconds === null ? '' : `;t=${resetSeconds}`}`;
  }
  if (style === 'legacy') {
    if (limit !== undefined) headers['X-RateLimit-Limit'] = String(limit);
    if (remaining !== undefined) headers['X-RateLimit-Remaining'] = String(remaining);
    if (resetSeconds !== null) headers['X-RateLimit-Reset'] = String(Math.ceil(nowMs / 1000) + resetSeconds);
  }
  return headers;
}
