import { Buffer } from 'node:buffer';
import type { Environment } from '../../contracts/lib/target.ts';
import { UserError } from '../../contracts/lib/user-error.ts';

/**
 * assay takes what k6's Prometheus output pushes. Where that output was also asked for (`-- --out
 * experimental-prometheus-rw`), each push is passed on to where K6_PROMETHEUS_RW_* say.
 */

export interface RelayTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const PREFIX = 'K6_PROMETHEUS_RW_';
/** As k6 has it. */
const USUAL_URL = 'http://localhost:9090/api/v1/write';
/** Settings that are followed; how often and in which form it pushes is assay's own matter. */
const KNOWN = new Set(
  ['SERVER_URL', 'USERNAME', 'PASSWORD', 'BEARER_TOKEN', 'HTTP_HEADERS', 'PUSH_INTERVAL', 'STALE_MARKERS']
    .concat(['TREND_STATS', 'TREND_AS_NATIVE_HISTOGRAM'])
    .map((name) => `${PREFIX}${name}`),
);
const TIMEOUT_MS = 5000;

/** Throws UserError for settings that cannot be followed. */
export function relayTarget(env: Environment): RelayTarget {
  const own = Object.entries(env).filter(([name, value]) => name.startsWith(PREFIX) && (value ?? '') !== '');
  const unknown = own.map(([name]) => name).filter((name) => !KNOWN.has(name) && !name.startsWith(`${PREFIX}HEADERS_`));
  if (unknown.length > 0)
    throw new UserError('this output of k6 cannot be passed on', {
      why: `assay reads it itself and passes it on, which it does not do with ${unknown.join(', ')}`,
      fix: 'unset them, use --out opentelemetry, or run the load with plain k6: k6 run dist/k6/throughput.js',
    });
  const of = (name: string) => env[`${PREFIX}${name}`] ?? '';
  const headers: Record<string, string> = {};
  for (const [name, value = ''] of own)
    if (name.startsWith(`${PREFIX}HEADERS_`)) headers[name.slice(PREFIX.length + 'HEADERS_'.length)] = value;
  for (const pair of of('HTTP_HEADERS').split(',').filter(Boolean)) {
    const [name = '', ...value] = pair.split(':');
    headers[name.trim()] = value.join(':').trim();
  }
  if (of('USERNAME') !== '')
    headers['Authorization'] = `Basic ${Buffer.from(`${of('USERNAME')}:${of('PASSWORD')}`).toString('base64')}`;
  if (of('BEARER_TOKEN') !== '') headers['Authorization'] = `Bearer ${of('BEARER_TOKEN')}`;
  return { url: of('SERVER_URL') || USUAL_URL, headers };
}

export interface Relay {
  /** Passes a push on, after those before it. */
  push(body: Uint8Array, contentHeaders: Readonly<Record<string, string>>): void;
  /** Waits for what is under way. */
  end(): Promise<void>;
}

/** `onProblem` is told once of the first push that did not arrive. */
export function relayTo({ url, headers }: RelayTarget, onProblem: (why: string) => void): Relay {
  let last: Promise<void> = Promise.resolve();
  let isTold = false;
  const tell = (why: string) => {
    if (!isTold) onProblem(why);
    isTold = true;
  };
  const send = async (body: Uint8Array, contentHeaders: Readonly<Record<string, string>>) => {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const all = { ...contentHeaders, ...headers };
      const response = await fetch(url, { method: 'POST', headers: all, body, redirect: 'error', signal });
      if (!response.ok) tell(`${new URL(url).host} answered ${response.status}`);
      await response.body?.cancel();
    } catch (error) {
      const cause = (error as Error).cause;
      tell(`${url}: ${cause instanceof Error ? cause.message : (error as Error).message}`);
    }
  };
  return {
    push(body, contentHeaders) {
      last = last.then(() => send(body, contentHeaders));
    },
    end: () => last,
  };
}
