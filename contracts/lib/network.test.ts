import { expect, test } from 'vitest';
import { networkFor } from './network.ts';

const proxy = (host: string, port: number, credentials: string | null = null) => ({ host, port, credentials });

test.each([
  ['http://api.example.com/v1', { HTTP_PROXY: 'http://proxy:3128' }, proxy('proxy', 3128)],
  ['https://api.example.com/v1', { HTTPS_PROXY: 'http://proxy:3128/' }, proxy('proxy', 3128)],
  ['https://api.example.com/v1?a=b', { https_proxy: 'proxy:8080' }, proxy('proxy', 8080)],
  ['https://api.example.com', { HTTPS_PROXY: 'http://me:p%40ss@[::1]:3128' }, proxy('::1', 3128, 'me:p@ss')],
  ['https://api.example.com', { HTTPS_PROXY: 'http://upper', https_proxy: 'http://lower' }, proxy('upper', 80)],
  // Each scheme has its own.
  ['https://api.example.com', { HTTP_PROXY: 'http://proxy:3128' }, null],
  ['http://api.example.com', {}, null],
  // This machine is never asked for through a proxy.
  ['http://localhost:8080/v1', { HTTP_PROXY: 'http://proxy:3128' }, null],
  ['http://127.0.0.9/v1', { HTTP_PROXY: 'http://proxy:3128' }, null],
  ['http://[::1]/v1', { HTTP_PROXY: 'http://proxy:3128' }, null],
])('%s with %o goes through %o', (url, env, expected) => {
  expect(networkFor(url, env).proxy).toEqual(expected);
});

test.each<[string, string, boolean]>([
  ['*', 'api.example.com', true],
  ['example.com', 'api.example.com', true],
  ['example.com', 'example.com', true],
  ['ample.com', 'api.example.com', false],
  ['.example.com', 'api.example.com', true],
  ['.example.com', 'example.com', false],
  ['*.example.com', 'api.example.com', true],
  ['other.org, EXAMPLE.com', 'api.example.com', true],
  ['example.com:80', 'api.example.com', true],
  ['example.com:8080', 'api.example.com', false],
  ['10.0.0.0/8', '10.200.3.4', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.0.0.0/99', '10.1.2.3', false],
])('NO_PROXY=%s and the host %s: exempt %s', (list, host, isExempt) => {
  const { proxy: found } = networkFor(`http://${host}/`, { HTTP_PROXY: 'http://proxy:1', no_proxy: list });
  expect(found === null).toBe(isExempt);
});

test.each(['socks5://proxy:1080', 'https://proxy', 'http://', 'http://proxy:99999', 'not a proxy'])(
  'the proxy %s is refused',
  (given) => {
    expect(() => networkFor('http://api.example.com', { HTTP_PROXY: given })).toThrow(
      expect.objectContaining({ name: 'UserError', exitCode: 2 }),
    );
  },
);
