import { expect, test } from 'vitest';
import type { Operation } from './operation.ts';
import { isLoopbackHost, parseHttpUrl, parseTarget } from './target.ts';
import { UserError } from './user-error.ts';

const operation: Operation = {
  name: 'create-thing',
  method: 'POST',
  path: '/things',
  baseUrl: 'https://api.example.com/v1',
  auth: { scheme: 'bearer' },
  request: { schema: 'request.schema.json' },
  responses: { '201': { schema: 'thing.schema.json' } },
  inputs: [
    { pointer: '/owner', env: 'ASSAY_OWNER_ID', required: true },
    { pointer: '/group', env: 'ASSAY_GROUP_ID' },
  ],
};
const sound = { ASSAY_BASE_URL: 'http://127.0.0.1:8080/v1/', ASSAY_API_KEY: 'secret-key', ASSAY_OWNER_ID: '7' };

test('a sound environment becomes a target', () => {
  expect(parseTarget(sound, operation)).toEqual({
    baseUrl: 'http://127.0.0.1:8080/v1',
    path: '/things',
    url: 'http://127.0.0.1:8080/v1/things',
    host: '127.0.0.1',
    isLoopback: true,
    apiKey: 'secret-key',
    secondApiKey: null,
    inputs: { '/owner': 7 },
    parameters: {},
  });
});

const addressed: Operation = {
  ...operation,
  path: '/shops/{shop}/things/{kind}',
  inputs: [
    { path: 'shop', env: 'ASSAY_SHOP_ID', from: { operation: 'create-shop', pointer: '/id' } },
    { path: 'kind', env: 'ASSAY_KIND', type: 'string' },
    { pointer: '/title', env: 'ASSAY_TITLE', type: 'string' },
  ],
};

test('parameters of the path are bound, escaped, and texts stay texts', () => {
  const env = { ...sound, ASSAY_SHOP_ID: '12', ASSAY_KIND: 'a b/c', ASSAY_TITLE: '007' };
  expect(parseTarget(env, addressed)).toMatchObject({
    path: '/shops/12/things/a%20b%2Fc',
    url: 'http://127.0.0.1:8080/v1/shops/12/things/a%20b%2Fc',
    inputs: { '/title': '007' },
    parameters: { shop: 12, kind: 'a b/c' },
  });
});

test('an input that another operation could give names that operation', () => {
  expect(() => parseTarget({ ...sound, ASSAY_KIND: 'a' }, addressed)).toThrow(
    expect.objectContaining({ fix: 'set ASSAY_SHOP_ID to the shop to address, such as one that create-shop made' }),
  );
});

test('a parameter of the path is needed, but for one that another operation may give', () => {
  const message = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      return (error as UserError).why;
    }
    return null;
  };
  expect(message(() => parseTarget(sound, addressed))).toBe('ASSAY_SHOP_ID is not set; ASSAY_KIND is not set');
  expect(message(() => parseTarget(sound, addressed, { mayBeGiven: true }))).toBe('ASSAY_KIND is not set');
});

const refused = [
  { does: 'no base URL', env: { ASSAY_BASE_URL: '' }, why: /ASSAY_BASE_URL is not set/ },
  { does: 'a base URL without a scheme', env: { ASSAY_BASE_URL: 'localhost:80' }, why: /no http or https URL/ },
  { does: 'another scheme', env: { ASSAY_BASE_URL: 'ftp://localhost' }, why: /no http or https URL/ },
  {
    does: 'a password in the URL, which is not shown',
    env: { ASSAY_BASE_URL: 'http://me:hunter2@localhost/' },
    why: /^(?!.*hunter2).*no http/,
  },
  { does: 'a query', env: { ASSAY_BASE_URL: 'http://localhost/?a=1' }, why: /no http or https URL/ },
  { does: 'a port out of range', env: { ASSAY_BASE_URL: 'http://localhost:70000' }, why: /no http or https URL/ },
  {
    does: 'a foreign host without consent',
    env: { ASSAY_BASE_URL: 'https://api.example.com' },
    why: /ASSAY_ALLOW_HOST does not name api.example.com/,
  },
  {
    does: 'consent to another host',
    env: { ASSAY_BASE_URL: 'https://api.example.com', ASSAY_ALLOW_HOST: 'example.com' },
    why: /does not name/,
  },
  {
    does: 'a name that only looks like loopback',
    env: { ASSAY_BASE_URL: 'http://127.0.0.1.example.com' },
    why: /does not name/,
  },
  ...[
    'https://api.example.com.',
    'https://api.example.com.evil.test',
    'https://evil.test/api.example.com',
    'https://evil.test\\.api.example.com',
    'https://apixexample.com',
    'https://sub.api.example.com',
    'https://xn--api-example-com.test',
    'https://api.example.com%2eevil.test',
  ].map((url) => ({
    does: `consent to api.example.com, for ${url},`,
    env: { ASSAY_BASE_URL: url, ASSAY_ALLOW_HOST: 'api.example.com' },
    why: /does not name/,
  })),
  ...['*', '*.com', '.com', 'https://api.example.com', 'api.example.com:443', 'api.example.com/v1', 'true'].map(
    (name) => ({
      does: `consent that is written ${name}`,
      env: { ASSAY_BASE_URL: 'https://api.example.com', ASSAY_ALLOW_HOST: name },
      why: /does not name/,
    }),
  ),
  ...['https://api.example.com@evil.test', 'https://evil.test@api.example.com', 'https://a:b@127.0.0.1'].map((url) => ({
    does: `somebody's name before the host: ${url}`,
    env: { ASSAY_BASE_URL: url, ASSAY_ALLOW_HOST: 'api.example.com evil.test' },
    why: /no http or https URL/,
  })),
  { does: 'no key', env: { ASSAY_API_KEY: '' }, why: /ASSAY_API_KEY is not set/ },
  {
    does: 'a key with a line end, which is not shown',
    env: { ASSAY_API_KEY: 'secret\n' },
    why: /^(?!.*secret).*control/,
  },
  { does: 'no required id', env: { ASSAY_OWNER_ID: '' }, why: /ASSAY_OWNER_ID is not set/ },
  { does: 'an id that is no integer', env: { ASSAY_GROUP_ID: '12a' }, why: /ASSAY_GROUP_ID is no whole number/ },
  { does: 'an id beyond what a number holds', env: { ASSAY_GROUP_ID: '9007199254740993' }, why: /no whole number/ },
];
for (const { does, env, why } of refused) {
  test(`${does} is refused with exit code 2`, () => {
    const attempt = () => parseTarget({ ...sound, ...env }, operation);
    expect(attempt).toThrow(UserError);
    try {
      attempt();
    } catch (error) {
      expect((error as UserError).why).toMatch(why);
      expect((error as UserError).exitCode).toBe(2);
      expect((error as UserError).fix).not.toBe('');
    }
  });
}

test('all problems are told together', () => {
  expect(() => parseTarget({}, operation)).toThrow(/3 reasons/);
});

test('a host named in ASSAY_ALLOW_HOST is a target, in any case of letters', () => {
  const env = {
    ...sound,
    ASSAY_BASE_URL: 'https://API.example.com/v1',
    ASSAY_ALLOW_HOST: 'other.example, api.EXAMPLE.com',
  };
  expect(parseTarget(env, operation)).toMatchObject({ host: 'api.example.com', isLoopback: false });
});

test.each([
  ['http://[2001:db8::1]:8080', '[2001:db8::1]', '2001:db8::1'],
  ['http://[2001:db8::1]:8080', '2001:DB8::1', '2001:db8::1'],
  ['https://api.example.com:8443', 'api.example.com', 'api.example.com'],
])('%s is allowed by %s, whatever its port', (url, name, host) => {
  expect(parseTarget({ ...sound, ASSAY_BASE_URL: url, ASSAY_ALLOW_HOST: name }, operation)).toMatchObject({
    host,
    isLoopback: false,
  });
});

const loopback = {
  localhost: true,
  '127.0.0.1': true,
  '127.255.255.254': true,
  '::1': true,
  '127.1': false,
  '10.0.0.1': false,
  '127.0.0.256': false,
  'localhost.example': false,
  'localhost.': false,
  'localhost\u200b': false,
  '127.0.0.1.example.com': false,
  '127.0.0.1.': false,
  '0127.0.0.1': false,
  '2130706433': false,
  '0x7f000001': false,
  '0177.0.0.1': false,
  '0.0.0.0': false,
  '::': false,
  '::ffff:127.0.0.1': false,
  '::1%eth0': false,
  '0:0:0:0:0:0:0:1': false,
  '': false,
};
for (const [host, is] of Object.entries(loopback)) {
  test(`${host} ${is ? 'is' : 'is not'} loopback`, () => {
    expect(isLoopbackHost(host)).toBe(is);
  });
}

test('URLs are taken apart without a URL class', () => {
  expect(parseHttpUrl('http://[::1]:9/v1')).toEqual({ scheme: 'http', host: '::1', port: 9, path: '/v1' });
  expect(parseHttpUrl('HTTPS://Example.com')).toEqual({ scheme: 'https', host: 'example.com', port: 443, path: '' });
});
