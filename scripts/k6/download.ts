import { createHash } from 'node:crypto';
import { isLoopbackHost } from '../../contracts/lib/target.ts';
import { RELEASE_HOSTS } from './release.ts';

/** Fetches a release archive and refuses what is not the pinned one. */

/** A download that was refused or failed; its message finishes the sentence "the download of … failed: …". */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

export interface DownloadLimits {
  /** Until the final answer's headers, over all redirects: what an offline machine waits at most. */
  readonly answerMs: number;
  /** Without a byte. */
  readonly idleMs: number;
  readonly overallMs: number;
  readonly maxBytes: number;
}

const DOWNLOAD_LIMITS: DownloadLimits = {
  answerMs: 10_000,
  idleMs: 20_000,
  overallMs: 15 * 60_000,
  // The archives have 30 MB.
  maxBytes: 150e6,
};

const MAX_REDIRECTS = 5;
/** How often a download that was cut off goes on from where it was. */
const MAX_RESUMPTIONS = 3;
const PARTIAL_CONTENT = 206;

export interface DownloadOptions {
  /** Hex, lower case. */
  readonly sha256: string;
  readonly signal: AbortSignal;
  onProgress(receivedBytes: number, totalBytes: number | null): void;
  readonly limits?: DownloadLimits;
}

/** The body at `url`, if its SHA-256 is the wanted one; throws a DownloadError if not, and the signal's reason when aborted. */
export async function download(url: string, options: DownloadOptions): Promise<Buffer> {
  const limits = options.limits ?? DOWNLOAD_LIMITS;
  const stop = new AbortController();
  const stopFor = (reason: unknown) => stop.abort(reason);
  const onAbort = () => stopFor(options.signal.reason);
  options.signal.addEventListener('abort', onAbort);
  if (options.signal.aborted) onAbort();
  const fail = (why: string) => () => stopFor(new DownloadError(why));
  const overall = setTimeout(fail(`not complete within ${limits.overallMs / 1000} s`), limits.overallMs);
  let deadline = setTimeout(fail(`no answer within ${limits.answerMs / 1000} s`), limits.answerMs);
  try {
    let chunks: Uint8Array[] = [];
    let receivedBytes = 0;
    for (let resumptions = 0; ; resumptions += 1) {
      const response = await follow(new URL(url), stop.signal, receivedBytes);
      if (response.status !== PARTIAL_CONTENT) {
        // The whole once more: what was received counts for nothing.
        chunks = [];
        receivedBytes = 0;
      }
      const length = Number(response.headers.get('content-length') ?? Number.NaN);
      const totalBytes = Number.isFinite(length) ? receivedBytes + length : null;
      if (totalBytes !== null && totalBytes > limits.maxBytes) throw tooLarge(limits);
      try {
        for await (const chunk of response.body ?? []) {
          clearTimeout(deadline);
          deadline = setTimeout(fail(`no more data for ${limits.idleMs / 1000} s`), limits.idleMs);
          chunks.push(chunk);
          receivedBytes += chunk.byteLength;
          if (receivedBytes > limits.maxBytes) throw tooLarge(limits);
          options.onProgress(receivedBytes, totalBytes);
        }
        break;
      } catch (error) {
        const isCutOff = !(error instanceof DownloadError) && !stop.signal.aborted && receivedBytes > 0;
        if (!isCutOff || resumptions >= MAX_RESUMPTIONS) throw error;
      }
    }
    const body = Buffer.concat(chunks);
    const sha256 = createHash('sha256').update(body).digest('hex');
    if (sha256 !== options.sha256) {
      throw new DownloadError(`refused: its SHA-256 is ${sha256}, the release's is ${options.sha256}`);
    }
    return body;
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason;
    throw error instanceof DownloadError ? error : new DownloadError(networkFailure(error), { cause: error });
  } finally {
    clearTimeout(overall);
    clearTimeout(deadline);
    options.signal.removeEventListener('abort', onAbort);
    // Ends a body that is not read to its end.
    stop.abort();
  }
}

/**
 * The answer behind all redirects; each must lead over https to a release host (loopback, where it began there).
 * `fromByte`: the part of the body that begins there is asked for; the answer may still be the whole.
 */
async function follow(start: URL, signal: AbortSignal, fromByte: number): Promise<Response> {
  const mayUseLoopback = isLoopbackHost(start.hostname);
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const isAllowed =
      (url.protocol === 'https:' && RELEASE_HOSTS.includes(url.hostname)) ||
      (mayUseLoopback && isLoopbackHost(url.hostname));
    if (!isAllowed) throw new DownloadError(`refused: it leads to ${url.protocol}//${url.host}`);
    const range: Record<string, string> = fromByte > 0 ? { range: `bytes=${fromByte}-` } : {};
    const response = await fetch(url, {
      redirect: 'manual',
      signal,
      headers: { 'accept-encoding': 'identity', ...range },
    });
    if (response.status === 200) return response;
    const isRest = response.headers.get('content-range')?.startsWith(`bytes ${fromByte}-`) === true;
    if (response.status === PARTIAL_CONTENT && fromByte > 0 && isRest) return response;
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) {
      throw new DownloadError(`${url.host} answered ${response.status}`);
    }
    url = new URL(location, url);
  }
  throw new DownloadError(`more than ${MAX_REDIRECTS} redirects`);
}

function tooLarge(limits: DownloadLimits): DownloadError {
  return new DownloadError(`refused: it has more than ${limits.maxBytes / 1e6} MB`);
}

/** fetch says "fetch failed" and hides the reason, ENOTFOUND for one, in its cause. */
function networkFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  if (cause instanceof Error && 'code' in cause) return `the network failed (${cause.code})`;
  return cause instanceof Error ? cause.message : error.message;
}
