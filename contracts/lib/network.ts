import { type Environment, isInsecure, isLoopbackHost, parseHttpUrl } from './target.ts';
import { UserError } from './user-error.ts';

/**
 * How a URL is reached: through a proxy of the usual environment variables, by the rules of Go's net/http, so that
 * Node, Playwright and k6 go the same way (this machine never through a proxy); and whether a certificate is accepted
 * that nobody vouches for. Pure.
 */
export interface Network {
  readonly proxy: ProxyServer | null;
  /** ASSAY_INSECURE: only ever for this machine (parseTarget refuses it elsewhere). */
  readonly isInsecure: boolean;
}

export interface ProxyServer {
  readonly host: string;
  readonly port: number;
  /** "user:password", decoded; null: none. */
  readonly credentials: string | null;
}

/** Throws UserError for a proxy that is not usable. */
export function networkFor(url: string, env: Environment): Network {
  return { proxy: proxyFor(url, env), isInsecure: isInsecure(env) };
}

function proxyFor(text: string, env: Environment): ProxyServer | null {
  const url = parseHttpUrl(text.replace(/[?#].*$/s, ''));
  if (url === null || isLoopbackHost(url.host)) return null;
  const name = url.scheme === 'https' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const given = value(env, name);
  if (given === '' || isExempt(url.host, url.port, value(env, 'NO_PROXY'))) return null;
  return parseProxy(name, given);
}

/** Upper case before lower case. */
function value(env: Environment, name: string): string {
  return (env[name] || env[name.toLowerCase()] || '').trim();
}

function parseProxy(name: string, given: string): ProxyServer {
  const [, scheme = 'http', userInfo, host = '', port] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^@/]*)@)?(\[[0-9a-f:.]+\]|[^:/@\s]+)(?::(\d{1,5}))?\/?$/i.exec(given) ?? [];
  const number = Number(port ?? 80);
  if (host === '' || scheme.toLowerCase() !== 'http' || number < 1 || number > 65_535) {
    throw new UserError(`${name} is not usable`, {
      why: scheme.toLowerCase() === 'http' ? 'it is no URL of a proxy' : `a proxy of the scheme ${scheme} is not known`,
      fix: 'write it like http://proxy.example.com:3128, or unset it',
    });
  }
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: number,
    credentials: userInfo === undefined ? null : decodeURIComponent(userInfo),
  };
}

/** NO_PROXY: "*", names with what is below them, ".names" without themselves, addresses and CIDR ranges, each with a port or without. */
function isExempt(host: string, port: number, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '') return false;
      if (entry === '*') return true;
      const [, name = entry, entryPort] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(entry) ?? [];
      if (entryPort !== undefined && Number(entryPort) !== port) return false;
      const bare = name.replace(/^\[|\]$/g, '').replace(/^\*\./, '.');
      if (bare.includes('/')) return isInRange(host, bare);
      return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`);
    });
}

/** Whether an IPv4 address lies in a range such as 10.0.0.0/8. */
function isInRange(host: string, range: string): boolean {
  const [base = '', bits = ''] = range.split('/');
  const [address, first] = [ipv4(host), ipv4(base)];
  const length = Number(bits);
  if (address === null || first === null || !/^\d+$/.test(bits) || length > 32) return false;
  const size = 2 ** (32 - length);
  return Math.floor(address / size) === Math.floor(first / size);
}

function ipv4(text: string): number | null {
  const parts = /^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? text.split('.').map(Number) : [];
  return parts.length === 4 && parts.every((part) => part < 256)
    ? parts.reduce((sum, part) => sum * 256 + part, 0)
    : null;
}
