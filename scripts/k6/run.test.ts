import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { redactor } from '../../contracts/lib/redact.ts';
import { writeProgram } from './fakes.ts';
import { type K6RunOptions, runK6 } from './run.ts';

let folder = '';
let said = '';
let marked: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-run-'));
  said = '';
  marked = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const key = 'key-that-is-secret';

/** Options that run the shell script `body` in k6's place. */
async function options(body: string, more: Partial<K6RunOptions> = {}): Promise<K6RunOptions> {
  return {
    k6Path: await writeProgram(join(folder, 'k6'), `#!/bin/sh\n${body}\n`),
    scriptPath: 'limits.js',
    cwd: folder,
    inherited: { PATH: '/usr/bin:/bin' },
    env: { ASSAY_API_KEY: key },
    marker: '@assay ',
    onMarked: (text) => void marked.push(text),
    stdout: 'ignore',
    err: (text) => {
      said += text;
    },
    redact: redactor([key]),
    signal: new AbortController().signal,
    ...more,
  };
}

const json = (message: string, source = 'console') => JSON.stringify({ level: 'info', msg: message, source });
/** A shell command that says `lines` on standard error, whatever they contain. */
async function say(...lines: string[]): Promise<string> {
  await writeFile(join(folder, 'lines'), lines.map((line) => `${line}\n`).join(''));
  return `cat '${folder}/lines' >&2`;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Of a run whose memory was no matter; how much it held is not looked at here. */
const UNTOUCHED = { overMemory: null, peakMemoryBytes: expect.toBeOneOf([null, expect.any(Number)]) };

test('k6 runs with JSON logs, without reports, with the key in the environment alone', async () => {
  const result = await runK6(
    await options('echo "$@" > args; env > env', {
      args: ['--out', 'web-dashboard=port=-1'],
      inherited: { PATH: '/usr/bin:/bin', K6_VUS: '3' },
    }),
  );
  expect(result).toEqual({ exitCode: 0, signal: null, wasInterrupted: false, ...UNTOUCHED });
  expect((await readFile(join(folder, 'args'), 'utf8')).trim()).toBe(
    'run --no-usage-report --log-output stderr --log-format json --out web-dashboard=port=-1 limits.js',
  );
  const env = await readFile(join(folder, 'env'), 'utf8');
  expect(env).toContain(`ASSAY_API_KEY=${key}\n`);
  expect(env).toContain('K6_AUTO_EXTENSION_RESOLUTION=false\n');
  expect(env).not.toContain('K6_VUS');
  expect(said).toContain("left out of k6's environment, because it would change the test: K6_VUS");
});

test('marked messages come one by one; others are shown, redacted; only the script can mark', async () => {
  const long = 'é😀'.repeat(200_000);
  const command = await say(
    json('@assay {"a":1}'),
    json(`@assay ${long}`),
    json('plain @assay'),
    json('@assay forged', 'stacktrace'),
    json(`two\nlines @assay ${key}`),
    '@assay not json',
  );
  await runK6(await options(command));
  expect(marked).toEqual(['{"a":1}', long]);
  expect(said).toBe('plain @assay\nk6 info: @assay forged\ntwo\nlines @assay ***\n@assay not json\n');
});

test('marked messages come while k6 still runs', async () => {
  const command = await say(json('@assay first'));
  const started = options(`${command}; while [ ! -f go ]; do sleep 0.01; done`);
  const running = runK6(await started);
  await until(() => marked.length === 1);
  await writeFile(join(folder, 'go'), '');
  expect((await running).exitCode).toBe(0);
});

test('standard output comes line by line, redacted', async () => {
  let output = '';
  await runK6(await options(`printf 'a ${key}\\nb'`, { stdout: (text) => (output += text) }));
  expect(output).toBe('a ***\nb\n');
});

test('a k6 that fails gives its exit code', async () => {
  expect(await runK6(await options('exit 107'))).toEqual({
    exitCode: 107,
    signal: null,
    wasInterrupted: false,
    ...UNTOUCHED,
  });
});

test('a k6 that cannot be started is an error', async () => {
  const started = { ...(await options('')), k6Path: join(folder, 'none') };
  await expect(runK6(started)).rejects.toThrow('ENOENT');
});

test('an abort asks k6 to stop once, and what it says while stopping still comes', async () => {
  const stop = new AbortController();
  const command = await say(json('@assay summary'));
  const started = await options(
    `trap '${command.replaceAll("'", '"')}; exit 105' INT; touch ready; while :; do sleep 0.02; done`,
    {
      signal: stop.signal,
    },
  );
  const running = runK6(started);
  await until(() => existsSync(join(folder, 'ready')));
  stop.abort();
  expect(await running).toEqual({ exitCode: 105, signal: null, wasInterrupted: true, ...UNTOUCHED });
  expect(marked).toEqual(['summary']);
});

test('k6 leads a process group of its own, so that Ctrl-C in a terminal does not reach it a second time', async () => {
  expect((await runK6(await options('kill -s 0 -- -$$'))).exitCode).toBe(0);
});

test('a k6 that does not stop is killed after the grace', async () => {
  const stop = new AbortController();
  const started = await options(`trap '' INT; touch ready; while :; do sleep 0.02; done`, {
    signal: stop.signal,
    stopGraceMs: 100,
  });
  const running = runK6(started);
  await until(() => existsSync(join(folder, 'ready')));
  stop.abort();
  expect(await running).toEqual({ exitCode: null, signal: 'SIGKILL', wasInterrupted: true, ...UNTOUCHED });
});

test('nothing is started after an abort', async () => {
  const result = await runK6(await options('touch started', { signal: AbortSignal.abort() }));
  expect(result.wasInterrupted).toBe(true);
  expect(existsSync(join(folder, 'started'))).toBe(false);
});

test('an error of the callback kills k6 and is thrown', async () => {
  const command = await say(json('@assay 1'), json('@assay 2'));
  let calls = 0;
  const started = await options(`${command}; while :; do sleep 0.02; done`, {
    onMarked: () => {
      calls += 1;
      throw new Error('bad line');
    },
  });
  await expect(runK6(started)).rejects.toThrow('bad line');
  expect(calls).toBe(1);
});

const deaths: [does: string, code: string, signal: NodeJS.Signals | null][] = [
  ['exits', 'setInterval(() => existsSync("ready") && process.exit(3), 5)', null],
  ['throws', 'setInterval(() => { if (existsSync("ready")) throw new Error("x"); }, 5)', null],
  ['is ended by SIGTERM', '', 'SIGTERM'],
  ['is hung up', '', 'SIGHUP'],
];
test.each(deaths)('k6 is killed when the process that runs it %s', async (_, code, signal) => {
  const started = await options('while :; do touch ready beat; sleep 0.01; done');
  const { k6Path, cwd } = started;
  const source = `
    import { existsSync } from 'node:fs';
    import { runK6 } from ${JSON.stringify(join(import.meta.dirname, 'run.ts'))};
    void runK6({ k6Path: ${JSON.stringify(k6Path)}, scriptPath: 'x', cwd: ${JSON.stringify(cwd)}, inherited: process.env, env: {},
      marker: '@', onMarked() {}, stdout: 'ignore', err() {}, redact: (text) => text, signal: new AbortController().signal });
    process.chdir(${JSON.stringify(cwd)});
    void existsSync;
    ${code}`;
  await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(folder, 'parent.mjs'),
    logLevel: 'silent',
  });
  const parent = spawn(process.execPath, [join(folder, 'parent.mjs')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => parent.once('close', (exitCode, by) => resolve(by ?? exitCode)));
  await until(() => existsSync(join(folder, 'ready')));
  if (signal !== null) parent.kill(signal);
  const how = await ended;
  if (signal !== null) expect(how).toBe(signal);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await rm(join(folder, 'beat'), { force: true });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(existsSync(join(folder, 'beat'))).toBe(false);
});
