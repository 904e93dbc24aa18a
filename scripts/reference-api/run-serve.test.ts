import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import type { Host } from '../lib/host.ts';
import { runServe, type ServeOptions } from './run-serve.ts';

const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

interface Served {
  readonly out: string[];
  readonly done: Promise<ExitCode>;
  stop(): void;
}

/** Serves until `stop`; resolves once the server says where it is. */
async function serve(options: Partial<ServeOptions> = {}, env: Host['env'] = {}): Promise<Served> {
  const controller = new AbortController();
  const out: string[] = [];
  let isUp = () => undefined as unknown;
  const up = new Promise<unknown>((resolve) => {
    isUp = () => resolve(undefined);
  });
  const host: Host = {
    env,
    cwd: packageRoot,
    packageRoot,
    out: (text) => out.push(text),
    err: () => isUp(),
    isTerminal: false,
    isOutputTerminal: false,
    now: () => new Date(),
    signal: controller.signal,
  };
  const done = runServe({ port: 0, limit: null, ...options }, host);
  await Promise.race([up, done]);
  return { out, done, stop: () => controller.abort() };
}

async function statuses(baseUrl: string, key: string, count: number): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const response = await fetch(`${baseUrl}/chats`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{"customer":1,"application":2}',
    });
    await response.arrayBuffer();
    seen.push(response.status);
  }
  return seen;
}

test('serve says its base URL, then a key that it made up, and nothing else; a signal ends it with 0', async () => {
  const { out, done, stop } = await serve({ limit: '2/60s' });
  expect(out.join('')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n[0-9a-f]{48}\n$/);
  const [baseUrl = '', key = ''] = out.join('').split('\n');
  expect(await statuses(baseUrl, key, 3)).toEqual([201, 201, 429]);
  stop();
  expect(await done).toBe(ExitCode.Ok);
  await expect(fetch(baseUrl)).rejects.toThrow();
});

test('serve takes the keys of the environment and does not print them', async () => {
  const { out, done, stop } = await serve(
    { limit: 'none' },
    { ASSAY_API_KEY: 'given-key', ASSAY_SECOND_API_KEY: 'second-key' },
  );
  expect(out.join('')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/);
  const baseUrl = out.join('').trim();
  expect(await statuses(baseUrl, 'given-key', 130)).toEqual(Array(130).fill(201));
  expect(await statuses(baseUrl, 'second-key', 1)).toEqual([201]);
  stop();
  await done;
});

test('serve without --limit has the documented limit', async () => {
  const { out, done, stop } = await serve({}, { ASSAY_API_KEY: 'given-key' });
  const seen = await statuses(out.join('').trim(), 'given-key', 121);
  expect(seen.indexOf(429)).toBe(120);
  stop();
  await done;
});

test('serve says what to do about a port in use, a limit that is none and a contract that is not there', async () => {
  const first = await serve({ limit: 'none' });
  const port = Number(/:(\d+)\n/.exec(first.out.join(''))?.[1]);
  const failures: [Partial<ServeOptions>, Host['env'], RegExp][] = [
    [{ port }, {}, /^error: port \d+ is in use\n {2}why: .*\n {2}fix: .*--port/],
    [{ limit: 'much' }, {}, /^error: the limit "much" is not understood\n {2}why: "much" is no limit/],
    [{}, { ASSAY_CONTRACT: 'no-such' }, /^error: there is no contract no-such/],
  ];
  for (const [options, env, message] of failures) {
    const error = await serve(options, env).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).toText()).toMatch(message);
    expect((error as UserError).exitCode).toBe(ExitCode.Usage);
  }
  first.stop();
  await first.done;
});
