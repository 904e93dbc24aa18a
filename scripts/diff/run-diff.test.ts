import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContractDiff } from '../../contracts/diff/contract-diff.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';
import { reportModel } from '../report/model.ts';
import { renderHtml } from '../report/render-html.ts';
import { noResults } from '../results/sample-results.fixture.ts';
import { type RunDiffOptions, runDiff } from './run-diff.ts';
import { runDrift } from './run-drift.ts';

const versions = join(packageRoot, 'contracts/diff/fixtures/create-chat');
const [a, b] = [join(versions, 'version-a'), join(versions, 'version-b')];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-diff-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(options: Partial<RunDiffOptions> & { old: string; new: string }) {
  const host = { ...testHost({ ASSAY_OUT: join(folder, 'out') }), cwd: folder };
  const code = await runDiff(options, host);
  const result = JSON.parse(readFileSync(join(folder, 'out/diff.json'), 'utf8')) as ContractDiff;
  return { code, result, ...host.said() };
}

/** Two schema files of the test's own. */
function files(old: unknown, now: unknown): { old: string; new: string } {
  for (const [name, schema] of [
    ['old.json', old],
    ['new.json', now],
  ] as const)
    writeFileSync(join(folder, name), JSON.stringify(schema));
  return { old: 'old.json', new: 'new.json' };
}

describe('exit codes', () => {
  test('1 for a break, 0 for none', async () => {
    expect((await run({ old: a, new: b })).code).toBe(ExitCode.Finding);
    expect((await run({ old: b, new: b })).code).toBe(ExitCode.Ok);
  });

  test('4 without proof, only where one is required', async () => {
    const undecided = files({ type: 'string', pattern: '^(a+)\\1$' }, { type: 'string', pattern: '^(aa)+$' });
    const loose = await run({ ...undecided, direction: 'request', values: 100 });
    expect([loose.code, loose.result.verdict]).toEqual([ExitCode.Ok, 'no-counter-example']);
    expect(loose.out).toContain('no counter-example in 100 values');
    expect((await run({ ...undecided, direction: 'request', values: 100, requireProof: true })).code).toBe(
      ExitCode.Undecided,
    );
  });

  test('2 for two schemas without a direction, for a schema and a contract, for an operation that there is not', async () => {
    await expect(run(files({}, {}))).rejects.toMatchObject({ name: 'UserError', exitCode: ExitCode.Usage });
    await expect(run({ ...files({}, {}), new: b })).rejects.toMatchObject({ name: 'UserError' });
    await expect(run({ old: a, new: b, operation: 'GET /x' })).rejects.toMatchObject({ why: 'it has POST /chats' });
    await expect(run({ ...files({ type: 5 }, {}), direction: 'request' })).rejects.toMatchObject({
      message: 'old.json is no usable JSON Schema',
      why: expect.stringMatching(/^old\.json#\/type /),
    });
  });
});

test('the text is grouped, worst first, with the body that breaks', async () => {
  const { out } = await run({
    ...files(
      { type: 'object', properties: { a: { type: 'integer' } } },
      { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'string' } }, required: ['a'] },
    ),
    direction: 'request',
  });
  expect(out).toBe(`old.json → new.json: 1 breaking, 1 change that breaks nobody
policy pragmatic, seed 1

Breaking
  request /a is required now  [request-required-added]
    old false
    new true
    witness {} is valid before, refused now: the body must have required property 'a' (required)

Changes that break nobody
  request /b is a new property  [request-property-added]
    old null
    new {"type":"string"}
    subset by rule
`);
});

test('no change in meaning is said in one line', async () => {
  const { out, result } = await run({ old: b, new: b });
  expect(out).toContain('no change in meaning: compatible, proved');
  expect(result).toEqual({
    schemaVersion: 1,
    verdict: 'compatible',
    policy: 'pragmatic',
    seed: 1,
    sides: { old: b, new: b },
    changes: [],
  });
});

test('an accepted break does not fail, and what ended or is not needed is told', async () => {
  const entries = [
    { rule: 'request-required-added', reason: 'told clients', expires: '2999-01-01' },
    { rule: 'response-type-changed', reason: 'old', expires: '2999-01-01' },
    { rule: 'path-changed', reason: 'older', expires: '2001-01-01' },
  ];
  writeFileSync(join(folder, 'accepted.json'), JSON.stringify(entries));
  const pair = files({ type: 'object' }, { type: 'object', required: ['a'] });
  const { code, out, err } = await run({ ...pair, direction: 'request', accept: 'accepted.json' });
  expect(code).toBe(ExitCode.Ok);
  expect(out).toContain('accepted until 2999-01-01: told clients');
  expect(err).toBe(
    'note: the acceptance of path-changed ended on 2001-01-01\nnote: the acceptance of response-type-changed is not needed; it can be taken out\n',
  );
});

test('the other forms hold every break, and hostile texts stay texts', async () => {
  const evil = '</script>|`%\n::error::x\u0001"';
  const pair = files(
    { type: 'object', properties: { [evil]: { const: evil } }, required: [evil] },
    { type: 'object', properties: { [evil]: { const: 1 } }, required: [evil] },
  );
  const form = async (format: NonNullable<RunDiffOptions['format']>) =>
    (await run({ ...pair, direction: 'request', format })).out;
  expect(JSON.parse(await form('json'))).toMatchObject({ verdict: 'breaking' });
  const junit = await form('junit');
  expect(junit).toContain('failures="1"');
  expect(junit).not.toContain('\u0001');
  expect(junit).not.toContain('</script>');
  const github = (await form('github')).split('\n');
  // One value is gone, which breaks, and one is new.
  expect(github.filter((line) => line.startsWith('::'))).toHaveLength(2);
  expect(github[0]).toMatch(/^::error file=new\.json,line=1,title=request-enum-value-removed::/);
  expect((await form('markdown')).split('\n').filter((line) => line.startsWith('| request'))).toHaveLength(2);
  const { result } = await run({ ...pair, direction: 'request' });
  const page = renderHtml(reportModel({ ...noResults, diff: result }, null));
  expect(page.split('</script>')).toHaveLength(2);
});

describe('drift', () => {
  const drift = async (lines: string | null) => {
    const host = { ...testHost({ ASSAY_OUT: join(folder, 'out'), ASSAY_CONTRACT: b }), cwd: folder };
    if (lines !== null) writeFileSync(join(folder, 'seen.ndjson'), lines);
    const code = await runDrift({ file: lines === null ? null : 'seen.ndjson' }, host);
    return { code, out: host.said().out };
  };

  test('tells what lies outside and proposes a patch; 1 only for what lies outside', async () => {
    const body = JSON.stringify({ errors: [{ code: 'invalid_token', message: 5, hint: 'x' }] });
    const { code, out } = await drift(`{"status":401,"body":${body}}\n`);
    expect(code).toBe(ExitCode.Finding);
    expect(out).toBe(`create-chat: 1 recorded response

Outside the contract
  401 /errors/*/message must be string  (1 of 1; such as 5)

Seen, but not documented
  401 /errors/*/hint  (1 of 1; such as "x")

Proposed change (JSON Patch), under which all recorded bodies are valid
  errors.schema.json
    {"op":"add","path":"/$defs/ErrorEntry/properties/hint","value":{"type":"string"}}
    {"op":"replace","path":"/$defs/ErrorEntry/properties/message/type","value":["string","integer"]}
`);
    const plain = JSON.stringify({ errors: [{ code: 'a', message: 'b', hint: 'x' }] });
    expect((await drift(`{"status":401,"body":${plain}}`)).code).toBe(ExitCode.Ok);
  });

  test('without a file, or with none of this operation, it says what to do', async () => {
    await expect(drift(null)).rejects.toMatchObject({ why: 'no run has recorded any' });
    await expect(drift('{"status":200,"body":1,"method":"GET"}')).rejects.toMatchObject({ name: 'UserError' });
  });
});
