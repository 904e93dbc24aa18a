import { expect, test } from 'vitest';
import { chosenBy } from './command-line.ts';
import { readSettings } from './settings.ts';

const env = {
  ASSAY_BASE_URL: 'http://127.0.0.1:8080',
  ASSAY_API_KEY: 'a-key-of-the-test',
  ASSAY_CUSTOMER_ID: '1',
  ASSAY_APPLICATION_ID: '2',
};
const read = (more: Record<string, string>) =>
  readSettings({ ...env, ...more }, process.cwd(), process.cwd(), '2026-01-01');

test('@limit tests run on loopback, and off it only when they are asked for', () => {
  const remote = { ASSAY_BASE_URL: 'https://api.example.com', ASSAY_ALLOW_HOST: 'api.example.com' };
  expect(read({}).runsLimit).toBe(true);
  expect(read(remote).runsLimit).toBe(false);
  expect(read({ ...remote, ASSAY_LIMIT_TESTS: '1' }).runsLimit).toBe(true);
});

const chosen: [string[], boolean][] = [
  [['test', '--grep', '@limit'], true],
  [['test', '-g', '@limit|@auth'], true],
  [['test', '--grep=@limit'], true],
  [['test', '--project=limit'], true],
  [['test', '--grep-invert', '@limit'], false],
  [['test', '--grep', '@auth'], false],
];
for (const [args, asks] of chosen)
  test(`${args.join(' ')} ${asks ? 'asks' : 'does not ask'} for @limit tests`, () => {
    expect(chosenBy(args).asksForLimit).toBe(asks);
  });

test('the limit that is expected is the documented one, or that of the embedded API', () => {
  expect(read({}).expectedLimit).toEqual({ requests: 120, windowSeconds: 60 });
  expect(read({ ASSAY_EMBEDDED_LIMIT: '10/1s+120/60s' }).expectedLimit).toEqual({ requests: 10, windowSeconds: 1 });
  expect(read({ ASSAY_EMBEDDED_LIMIT: 'bucket:20@5/s' }).expectedLimit).toEqual({ requests: 20, windowSeconds: 4 });
  expect(read({ ASSAY_EMBEDDED_LIMIT: 'none' }).expectedLimit).toBeNull();
});

const mistakes: [string, Record<string, string>, RegExp][] = [
  ['a share above 100', { ASSAY_MIN_REACHED: '101' }, /ASSAY_MIN_REACHED/],
  ['a seed that is no number', { ASSAY_SEED: 'x' }, /ASSAY_SEED/],
  ['a baseline that is not there', { ASSAY_BASELINE: 'none.json' }, /no baseline/],
  ['a limit URL without consent', { ASSAY_LIMIT_BASE_URL: 'https://api.example.com' }, /target/],
];
for (const [does, more, message] of mistakes)
  test(`${does} is refused`, () => {
    expect(() => read(more)).toThrow(
      expect.objectContaining({ name: 'UserError', exitCode: 2, message: expect.stringMatching(message) }),
    );
  });

test('what is made of the key is masked like the key', () => {
  const { redact } = read({});
  expect(redact('a-key-of-the-tes and -key-of-the-test.. a-key-of-the-test0 A-KEY-OF-THE-TEST')).not.toMatch(
    /key-of-the/i,
  );
});
