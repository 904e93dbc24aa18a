import { boundPath, type Operation } from './operation.ts';
import { UserError } from './user-error.ts';

/**
 * Where requests go and as whom: read from the environment, the same way by every command, by plain Playwright and
 * by plain k6. Pure, without Node's URL class, so that it also runs inside k6.
 */
export interface Target {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** The operation's path with its parameters bound. */
  readonly path: string;
  /** Base URL and path. */
  readonly url: string;
  readonly host: string;
  readonly isLoopback: boolean;
  readonly apiKey: string;
  readonly secondApiKey: string | null;
  /** JSON pointer into the request → configured value; only inputs that are set. */
  readonly inputs: Readonly<Record<string, number | string>>;
  /** Parameter of the path → configured value. */
  readonly parameters: Readonly<Record<string, number | string>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const URL_PARTS = /^(https?):\/\/(\[[0-9a-f:.]+\]|[^/?#:@\s]+)(?::(\d{1,5}))?(\/[^?#\s]*)?$/i;

/** Scheme, host (lower case, no brackets), port and path of an absolute http(s) URL; null for anything else. */
export function parseHttpUrl(
  url: string,
): { scheme: 'http' | 'https'; host: string; port: number; path: string } | null {
  const match = URL_PARTS.exec(url);
  if (!match) return null;
  const scheme = (match[1] ?? '').toLowerCase() as 'http' | 'https';
  const port = match[3] === undefined ? (scheme === 'https' ? 443 : 80) : Number(match[3]);
  if (port < 1 || port > 65_535) return null;
  return { scheme, host: (match[2] ?? '').toLowerCase().replace(/^\[|\]$/g, ''), port, path: match[4] ?? '' };
}

/** ASSAY_INSECURE: a certificate that nobody vouches for is accepted; only ever on this machine. */
export function isInsecure(env: Environment): boolean {
  return !['', '0', 'false', 'no'].includes((env['ASSAY_INSECURE'] ?? '').trim().toLowerCase());
}

/** 127.0.0.0/8, ::1 and localhost; a name that merely resolves to loopback does not count. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(host);
}

/**
 * Reads the target of `operation` from `env`; throws one UserError that lists every problem.
 * A host that is not loopback must be named in ASSAY_ALLOW_HOST: each accepted request creates something there.
 * `mayBeGiven`: inputs that another operation gives (`from`) need not be set.
 */
export function parseTarget(env: Environment, operation: Operation, { mayBeGiven } = { mayBeGiven: false }): Target {
  const problems: { why: string; fix: string }[] = [];
  const raw = (env['ASSAY_BASE_URL'] ?? '').replace(/\/+$/, '');
  const url = parseHttpUrl(raw);
  if (raw === '') {
    problems.push({ why: 'ASSAY_BASE_URL is not set', fix: `set ASSAY_BASE_URL, for example to ${operation.baseUrl}` });
  } else if (url === null) {
    problems.push({
      why: `ASSAY_BASE_URL is no http or https URL without credentials and query: ${maskUrl(raw)}`,
      fix: `write it like ${operation.baseUrl}`,
    });
  }
  const host = url?.host ?? '';
  const isLoopback = isLoopbackHost(host);
  if (url !== null && !isLoopback && !allowedHosts(env).includes(host)) {
    problems.push({
      why: `ASSAY_ALLOW_HOST does not name ${host}, which is not this machine, and each accepted request creates something there`,
      fix: `set ASSAY_ALLOW_HOST=${host} if that is meant`,
    });
  }
  if (url !== null && !isLoopback && isInsecure(env)) {
    problems.push({
      why: `ASSAY_INSECURE (--insecure) accepts any certificate, and ${host} is not this machine`,
      fix: 'unset it; name an authority of your own in NODE_EXTRA_CA_CERTS and SSL_CERT_FILE',
    });
  }
  const apiKey = env['ASSAY_API_KEY'] ?? '';
  if (operation.auth.scheme !== 'none') {
    if (apiKey === '') {
      problems.push({
        why: 'ASSAY_API_KEY is not set',
        fix: 'set ASSAY_API_KEY in the environment or in .env, or leave ASSAY_BASE_URL out to use the reference API',
      });
    } else if (!/^[\x21-\x7e]+$/.test(apiKey)) {
      problems.push({
        why: 'ASSAY_API_KEY has a space, a control or a non-ASCII character',
        fix: 'copy the key once more',
      });
    }
  }
  const inputs: Record<string, number | string> = {};
  const parameters: Record<string, number | string> = {};
  for (const input of operation.inputs ?? []) {
    const value = (env[input.env] ?? '').trim();
    const isOfPath = 'path' in input;
    const [values, name] = isOfPath ? [parameters, input.path] : [inputs, input.pointer];
    if (value === '') {
      if ((input.required || isOfPath) && !(mayBeGiven && input.from !== undefined)) {
        problems.push({
          why: `${input.env} is not set`,
          fix: `set ${input.env} to the ${isOfPath ? name : name.slice(1)} to ${isOfPath ? 'address' : 'create with'}${input.from === undefined ? '' : `, such as one that ${input.from.operation} made`}`,
        });
      }
    } else if (input.type === 'string') {
      values[name] = value;
    } else if (/^-?\d+$/.test(value) && Number.isSafeInteger(Number(value))) {
      values[name] = Number(value);
    } else {
      problems.push({
        why: `${input.env} is no whole number: ${value.slice(0, 40)}`,
        fix: `set ${input.env} to an integer id`,
      });
    }
  }
  if (problems.length > 0) {
    throw new UserError(
      problems.length === 1 ? 'the target is not usable' : `the target is not usable, for ${problems.length} reasons`,
      {
        why: problems.map((problem) => problem.why).join('; '),
        fix: problems.map((problem) => problem.fix).join('; '),
      },
    );
  }
  const second = env['ASSAY_SECOND_API_KEY'] ?? '';
  const path = boundPath(operation, parameters);
  return {
    baseUrl: raw,
    path,
    url: raw + path,
    host,
    isLoopback,
    apiKey,
    secondApiKey: second === '' ? null : second,
    inputs,
    parameters,
  };
}

function allowedHosts(env: Environment): string[] {
  return (env['ASSAY_ALLOW_HOST'] ?? '')
    .split(/[\s,]+/)
    .filter((name) => name !== '')
    .map((name) => name.toLowerCase().replace(/^\[|\]$/g, ''));
}

/** A URL with user info and query masked, for messages. */
function maskUrl(url: string): string {
  return url
    .replace(/\/\/[^/@]*@/, '//***@')
    .replace(/\?.*$/, '?***')
    .slice(0, 200);
}
