import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainK6End } from './exit-code.ts';
import { serve } from './fakes.ts';
import { findK6 } from './find.ts';
import { type K6RunOptions, runK6 } from './run.ts';

/** What runK6 takes for granted of k6 itself. */

let k6Path = '';
let folder = '';
let contacted: string[] = [];
let service: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-k6-'));
  service = await serve((request, response) => {
    contacted.push(`${request.method} ${request.url}`);
    response.end('{}');
  });
  const found = await findK6({
    env: process.env,
    cwd: process.cwd(),
    packageRoot: join(import.meta.dirname, '..', '..'),
    err: (text) => void process.stderr.write(text),
    isTerminal: false,
    now: () => new Date(),
    signal: new AbortController().signal,
  });
  k6Path = found.path;
});
afterAll(async () => {
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

async function runScript(script: string, more: Partial<K6RunOptions> = {}) {
  contacted = [];
  const scriptPath = join(folder, 'script.js');
  await writeFile(scriptPath, script);
  const marked: string[] = [];
  let said = '';
  const result = await runK6({
    k6Path,
    scriptPath,
    cwd: folder,
    inherited: process.env,
    env: { K6_USAGE_REPORT_URL: `${service.url}/usage`, K6_BUILD_SERVICE_URL: `${service.url}/build` },
    marker: '@assay ',
    onMarked: (text) => void marked.push(text),
    stdout: 'ignore',
    err: (text) => {
      said += text;
    },
    redact: (text) => text,
    signal: new AbortController().signal,
    ...more,
  });
  return { marked, said, result, ending: explainK6End(result).kind };
}

const twice = `export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 1, iterations: 2, maxDuration: '20s' } } };`;

test('messages of a VU and of handleSummary come whole: long, non-ASCII, with line feeds', async () => {
  const { marked, said, ending } = await runScript(`${twice}
    export default function () {
      console.log('@assay ' + JSON.stringify({ text: 'é😀\\u2028<&>"' }));
      console.log('@assay two\\nlines');
      console.log('@assay ' + 'x'.repeat(1000000));
      console.warn('a warning');
    }
    export function handleSummary() { console.log('@assay summary'); return {}; }`);
  const iteration = [JSON.stringify({ text: 'é😀\u2028<&>"' }), 'two\nlines', 'x'.repeat(1_000_000)];
  expect(marked).toEqual([...iteration, ...iteration, 'summary']);
  expect(said).toBe('a warning\na warning\n');
  expect(ending).toBe('completed');
});

test('no usage report is sent, and a stray K6_ variable does not replace the scenario', async () => {
  const script = `${twice} export default function () { console.log('@assay ' + __ENV.K6_ITERATIONS); }`;
  const { marked, said } = await runScript(script, { inherited: { ...process.env, K6_ITERATIONS: '7', K6_VUS: '1' } });
  expect(marked).toEqual(['undefined', 'undefined']);
  expect(said).toContain('K6_ITERATIONS, K6_VUS');
  expect(contacted).toEqual([]);
});

test('an extension that a script imports is not fetched', async () => {
  const { ending, said } = await runScript(`import x from 'k6/x/faker'; export default function () { x; }`);
  expect(ending).toBe('script-exception');
  expect(said).toContain('k6/x/faker');
  expect(contacted).toEqual([]);
});

test('an interrupted k6 stops its iterations at once and still runs handleSummary', async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const startedAtMs = performance.now();
  const { result, ending } = await runScript(
    `import { sleep } from 'k6'; ${twice}
    export default function () { console.log('@assay started'); sleep(15); console.log('@assay slept'); }
    export function handleSummary() { console.log('@assay summary'); return {}; }`,
    {
      signal: stop.signal,
      onMarked: (text) => {
        seen.push(text);
        if (text === 'started') stop.abort();
      },
    },
  );
  // The sleep is cut short; whether the line after it is still run is up to k6.
  expect(seen.filter((text) => text !== 'slept')).toEqual(['started', 'summary']);
  expect([result.wasInterrupted, ending]).toEqual([true, 'interrupted']);
  expect(performance.now() - startedAtMs).toBeLessThan(10_000);
});

const ends: [ending: string, body: string][] = [
  ['aborted-by-script', `exec.test.abort('enough')`],
  ['marked-as-failed', `exec.test.fail('bad')`],
  ['completed', `throw new Error('in an iteration')`],
];
test.each(ends)('a run is told as %s after %s', async (kind, body) => {
  const { ending } = await runScript(
    `import exec from 'k6/execution'; ${twice} export default function () { ${body}; }`,
  );
  expect(ending).toBe(kind);
});

test('a script that cannot be loaded is told as such, with the reason', async () => {
  const { ending, said } = await runScript('this is no script');
  expect(ending).toBe('script-exception');
  expect(said).toContain('script.js');
});
