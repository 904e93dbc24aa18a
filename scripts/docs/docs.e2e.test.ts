import { execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { parseCommandLine, runCommandLine } from '../command-line.ts';
import { findK6 } from '../k6/find.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { type ReferenceApi, startReferenceApi } from '../reference-api/server.ts';
import { writeResult } from '../results/results.ts';
import { sampleContract, sampleThroughput } from '../results/sample-results.fixture.ts';
import { assayWords, type DocCommand, docAnchors, docCommands, docLinks } from './doc-commands.ts';

/**
 * Every command that a document shows is run here, in a folder that looks like a project, against a server on loopback.
 * Those that send many requests are run with ASSAY_TEST_FULL=1 only (shortened); else they are read as far as that
 * every command, option and value in them is there.
 */

const DOCUMENTS = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'].filter((file) => existsSync(join(packageRoot, file))),
  ...readdirSync(join(packageRoot, 'docs')).flatMap((file) => (file.endsWith('.md') ? [`docs/${file}`] : [])),
];
const isFull = process.env['ASSAY_TEST_FULL'] === '1';

/** How these tests come to run, or what would run them again. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'npm ci': 'every run of the tests begins with it',
  'npm ci && npm start': 'the same, and npm start is run below',
  'npm test': 'the tests would run themselves',
  'npm run test:unit': 'the tests would run themselves',
  'npm run typecheck && npm run lint': 'steps of npm test',
  'npm run docs:screenshot': 'writes into docs/; its report is looked at in a browser by the tests of the report',
};
/** Send many requests, or take long. */
const EXPENSIVE = /\bassay (contract|limits|throughput|run)\b|\bplaywright test\b|\bk6 run\b|^npm start|^npm run bench/;
/** Read dist/ or the suite of this folder. */
const IN_THE_CLONE = /\bassay (contract|run)\b|\bplaywright test\b|\bk6 run\b|^npm /;

const all: DocCommand[] = DOCUMENTS.flatMap((file) => docCommands(readFileSync(join(packageRoot, file), 'utf8'), file));
const unique = [...new Map(all.map((one) => [one.text, one])).values()].filter(({ notRun }) => notRun === null);

let root = '';
let project = '';
let records = '';
const servers: ReferenceApi[] = [];
let env: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'assay-docs-'));
  project = join(root, 'project');
  records = join(root, 'records.ndjson');
  makeProject(project);
  const contract = readContract(join(packageRoot, 'contracts', 'create-chat'));
  const apiKey = 'documents-test-key';
  for (const limit of [null, '20/1s'])
    servers.push(await startReferenceApi({ contract, apiKey, limiter: limit === null ? null : createLimiter(limit) }));
  const bin = join(root, 'bin');
  const program = (name: string, text: string) => {
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };
  const record = `node -e 'require("fs").appendFileSync(process.env.RECORDS, JSON.stringify(process.argv.slice(1)) + "\\n"); console.log("{}")' -- "$@"`;
  program('assay', `if [ -n "$RECORDS" ]; then exec ${record}; fi\nexec node ${packageRoot}/dist/assay.js "$@"`);
  program(
    'npx',
    `name=$1; shift; case $name in assay) exec assay "$@";; playwright) exec node ${packageRoot}/node_modules/@playwright/test/cli.js "$@";; vitest) exec node ${packageRoot}/node_modules/vitest/vitest.mjs "$@";; *) echo "npx $name is no command of the documents" >&2; exit 9;; esac`,
  );
  if (isFull) program('k6', `exec ${(await findK6(testHost())).path} "$@"`);
  env = {
    ...testHost().env,
    ...embeddedInputs(contract),
    PATH: `${bin}:${process.env['PATH']}`,
    ASSAY_API_KEY: apiKey,
    CI: '',
    GITHUB_ACTIONS: '',
    GITHUB_STEP_SUMMARY: '',
    NO_COLOR: '1',
  };
}, 60_000);
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  rmSync(root, { recursive: true, force: true });
});

/** A repository with a contract, and the files that the documents name. */
function makeProject(folder: string): void {
  cpSync(join(packageRoot, 'contracts'), join(folder, 'contracts'), { recursive: true });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const openapi = readFileSync(join(packageRoot, 'contracts/create-chat/generated/openapi.json'), 'utf8');
  for (const path of ['old/openapi.json', 'new/openapi.json']) write(path, openapi);
  write('openapi.yaml', OPENAPI);
  write(
    'request.txt',
    `curl -X POST https://api.example.com/v1/tickets -H 'Authorization: Bearer x' -H 'Content-Type: application/json' -d '{"title":"a"}'\n`,
  );
  write('201.txt', 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\r\n{"id":5,"title":"a"}\n');
  for (const version of [1, 2]) {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      minProperties: 2 - version,
    };
    write(`v${version}.schema.json`, JSON.stringify(schema));
  }
  write('traffic.har', '{"log":{"entries":[]}}');
  const keep = (text: string) => text;
  for (const out of ['before', 'after', 'latest'])
    writeResult(join(folder, 'reports', out), 'throughput', sampleThroughput(), keep);
  for (const machine of [1, 2, 3]) {
    const load = sampleThroughput();
    const series = load.series.map((second) => ({ ...second, buckets: [[0, second.accepted]] as [number, number][] }));
    writeResult(join(folder, `part-${machine}`), 'throughput', { ...load, series }, keep);
    const [first] = sampleContract().cases;
    const cases = first === undefined ? [] : [{ ...first, id: `case-${machine}` }];
    writeResult(join(folder, 'reports', `shard-${machine}`), 'contract', { ...sampleContract(), cases }, keep);
  }
  write('reports/latest/responses.ndjson', recorded());
  write('.gitignore', 'reports/\n');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=docs', '-c', 'user.email=docs@example.com', ...args], { cwd: folder });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'the project');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
}

function recorded(): string {
  const example = readFileSync(join(packageRoot, 'contracts/create-chat/examples/201.valid.article.json'), 'utf8');
  return `${JSON.stringify({ method: 'POST', url: '/chats', status: 201, body: JSON.parse(example) })}\n`;
}

const OPENAPI = `openapi: 3.1.0
info: { title: Shop, version: "1" }
servers: [{ url: https://api.example.com/v1 }]
paths:
  /orders:
    post:
      operationId: createOrder
      requestBody:
        required: true
        content:
          application/json:
            schema: { type: object, required: [sku], properties: { sku: { type: string, minLength: 1 } } }
      responses:
        "201":
          description: made
          content:
            application/json:
              schema: { type: object, required: [id], properties: { id: { type: integer } } }
`;

/** As it is shown, but shorter, and with what CI fills in. */
function shortened(text: string): string {
  return text
    .replace(/\$\{\{ github\.base_ref \}\}/g, 'main')
    .replace('"$CI_MERGE_REQUEST_DIFF_BASE_SHA:"', 'main:')
    .replace(/--duration \d+(ms|s|m|h)/g, '--duration 2s')
    .replace(/--mode breakpoint/, '--mode breakpoint --duration 1s')
    .replace(/--preset (\w+)/, '--preset $1 --rate 50 --duration 2s')
    .replace(/--port \d+/, '--port 0');
}

interface Ran {
  readonly code: number;
  readonly said: string;
}

function run(text: string, cwd: string, more: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const [unlimited, limited] = servers;
  const baseUrl = /\bassay limits\b|k6\/limits/.test(text) ? limited?.baseUrl : unlimited?.baseUrl;
  // `assay run` brings a server of its own for each part; nobody serves the contract that is made here.
  const isEmbedded = /\bassay run\b|^npm start|create-order/.test(text);
  const isElsewhere = cwd !== project;
  const variables = {
    ...env,
    ...(isEmbedded ? { ASSAY_API_KEY: undefined } : { ASSAY_BASE_URL: baseUrl }),
    ...(isElsewhere ? { ASSAY_OUT: join(root, 'out') } : {}),
    ...more,
  };
  const words = assayWords(text);
  // A run of another contract has left its own answers there.
  if (/\bassay drift\b/.test(text)) writeFileSync(join(project, 'reports/latest/responses.ndjson'), recorded());
  if (words !== null && !isFull) return runHere(words.args, { ...variables, ...words.env }, cwd);
  return new Promise((resolve) => {
    execFile(
      'bash',
      ['-o', 'pipefail', '-c', text],
      {
        cwd,
        env: variables,
        timeout: 280_000,
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), said: `${stdout}${stderr}` }),
    );
  });
}

/** Without a process: the same command line, its errors told as the bin tells them. */
async function runHere(args: readonly string[], variables: NodeJS.ProcessEnv, cwd: string): Promise<Ran> {
  const host = { ...testHost(), env: variables, cwd };
  try {
    return { code: await runCommandLine(args, host), said: Object.values(host.said()).join('') };
  } catch (error) {
    if (error instanceof UserError) return { code: error.exitCode, said: error.toText() };
    return { code: ExitCode.Bug, said: String((error as Error).stack) };
  }
}

/** A server does not end by itself: it has started when it says where. */
async function serves(text: string): Promise<Ran> {
  const child = spawn('bash', ['-c', `exec ${text.replace(/^((?:\w+=\S+ )*)/, 'env $1')}`], { cwd: project, env });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const isUp = async () => {
    while (!/^(\{"baseUrl":")?http:\/\/127/m.test(said) && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await isUp();
  const code = child.exitCode ?? 0;
  child.kill('SIGTERM');
  await ended;
  return { code, said };
}

describe('each command of the documents', () => {
  test('is found at all, and what is not run here is what is meant', () => {
    expect(all.length).toBeGreaterThan(60);
    const notHere = unique.map(({ text }) => text).filter((text) => text in NOT_HERE);
    expect(notHere.sort()).toEqual(Object.keys(NOT_HERE).sort());
  });

  for (const { file, line, text } of unique.filter((one) => !(one.text in NOT_HERE))) {
    const title = `${file}:${line}: ${text}`;
    if (EXPENSIVE.test(text) && !isFull) {
      test(`is understood: ${title}`, async () => {
        await understood(text);
      });
      continue;
    }
    test(`is run: ${title}`, { timeout: 300_000 }, async () => {
      const command = shortened(text);
      const cwd = IN_THE_CLONE.test(command) && !command.includes('create-order') ? packageRoot : project;
      const { code, said } = /\bassay serve\b/.test(command) ? await serves(command) : await run(command, cwd);
      // 1: a finding, 4: undecided. What is written wrongly is 2, what cannot be done 3, what is not there 127.
      expect([0, 1, 4], said).toContain(code);
      expect(said).not.toMatch(/^\s+at .*[(:]\d+:\d+\)?$/m);
    });
  }
});

/** The command lines that the shell would call assay with are parsed; npm's scripts are looked up. */
async function understood(text: string): Promise<void> {
  const [, script] = /^npm (?:run )?([\w:]+)/.exec(text) ?? [];
  if (script !== undefined) return void expect(Object.keys(packageFile.scripts)).toContain(script);
  const words = assayWords(text);
  writeFileSync(records, '');
  if (words !== null) expect(await parseCommandLine(words.args, testHost())).not.toBeNull();
  else if (/\bassay\b/.test(text)) {
    const { code, said } = await run(text, project, { RECORDS: records });
    expect([0, 1], said).toContain(code);
    const calls = readFileSync(records, 'utf8').trim().split('\n');
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) expect(await parseCommandLine(JSON.parse(call) as string[], testHost())).not.toBeNull();
  } else expect(text).toMatch(/^(npx playwright test|k6 run dist\/k6\/(limits|throughput)\.js)\b/);
}

describe('each link of the documents', () => {
  for (const file of [...DOCUMENTS, 'ARCHITECTURE.md', 'contracts/suite/README.md', 'contracts/diff/README.md']) {
    test(`leads somewhere: ${file}`, () => {
      const markdown = readFileSync(join(packageRoot, file), 'utf8');
      for (const { path, anchor } of docLinks(markdown)) {
        const to = path === '' ? join(packageRoot, file) : join(packageRoot, dirname(file), path);
        expect(existsSync(to), `${path} in ${file}`).toBe(true);
        if (anchor !== '') expect(docAnchors(readFileSync(to, 'utf8')), relative(packageRoot, to)).toContain(anchor);
      }
    });
  }
});
