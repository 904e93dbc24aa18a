import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Contract } from '../../contracts/lib/contract.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { mutantOutcome, runMutant } from '../contract/mutants.ts';
import { openApiDocument } from '../generate/openapi.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import { writeWhole } from '../lib/files.ts';
import type { Host } from '../lib/host.ts';
import { wholeNumber } from '../lib/option-values.ts';
import { DEFECTS } from '../reference-api/defects.ts';
import { startReferenceApi } from '../reference-api/server.ts';

/**
 * `npm run bench:schemathesis [-- --every N --examples N]`: the contract suite and Schemathesis on the same servers: the
 * reference API as it is, and with each of a sample of its defects. Both get the same contract: Schemathesis the OpenAPI
 * document that is generated from it. What Schemathesis says of the server without a defect is excluded afterwards, check
 * by check, so that only what the defect causes counts as found.
 */

interface Run {
  /** Names of the checks that failed. */
  readonly failed: readonly string[];
  readonly seconds: number;
  /** Why it gave no result; null: it did. */
  readonly trouble: string | null;
}

const LONGEST_SECONDS = 180;
/** Of a check that fails: what its failure is called in the JUnit report's summary on standard output. */
const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance'],
  ...['response_schema_conformance', 'negative_data_rejection', 'positive_data_acceptance', 'missing_required_header'],
  ...['unsupported_method', 'allow_header_conformance', 'ignored_auth'],
] as const;

export async function benchSchemathesis(args: string[], host: Host): Promise<ExitCode> {
  const { values } = parseArgs({
    args,
    options: {
      every: { type: 'string', default: '8' },
      examples: { type: 'string', default: '50' },
      program: { type: 'string', default: 'schemathesis' },
    },
  });
  const [every, examples] = [wholeNumber('--every', 1)(values.every), wholeNumber('--examples', 1)(values.examples)];
  const program = values.program.includes('/') ? resolve(host.cwd, values.program) : values.program;
  const version = await output(program, ['--version']);
  if (version === null) {
    host.out(
      `left out: ${program} is not there (python3 -m venv venv && venv/bin/pip install schemathesis, then --program venv/bin/schemathesis)\n`,
    );
    return ExitCode.Ok;
  }
  const contract = chosenContract(host);
  // What needs a limit, or specs of its own, no fuzzer of documents can find.
  const defects = DEFECTS.filter((defect) => (defect.isIn?.(contract) ?? true) && defect.needs === undefined).filter(
    (defect, at) => defect.group !== 'limit' && at % every === 0,
  );
  const folder = mkdtempSync(join(tmpdir(), 'assay-schemathesis-'));
  const document = join(folder, 'openapi.json');
  writeWhole(document, JSON.stringify(openApiDocument(contract)));
  const fuzz = (defect: string | null, excluded: readonly string[]) =>
    fuzzed({ program, document, contract, defect, excluded, examples, folder });
  try {
    const cleanStartedMs = performance.now();
    const clean = await runMutant(contract, null);
    const cleanSeconds = (performance.now() - cleanStartedMs) / 1000;
    const base = await fuzz(null, []);
    host.out(
      `${version.trim()}, at most ${examples} examples a phase; ${contract.name}, ${defects.length} defects of ${DEFECTS.length}\n\n` +
        `${'server'.padEnd(44)}${'assay'.padEnd(16)}schemathesis\n` +
        `${'without a defect'.padEnd(44)}${word(clean.verdict !== 'holds', cleanSeconds).padEnd(16)}${word(base.failed.length > 0, base.seconds)}${base.failed.length > 0 ? `  (${base.failed.join(', ')}: excluded from here on)` : ''}\n`,
    );
    if (base.trouble !== null) host.out(`  ${base.trouble}\n`);
    const found = { assay: 0, schemathesis: 0 };
    const seconds = { assay: 0, schemathesis: 0 };
    for (const defect of defects) {
      if (host.signal.aborted) return ExitCode.Interrupted;
      const startedMs = performance.now();
      const ours = mutantOutcome(defect, await runMutant(contract, defect));
      const ourSeconds = (performance.now() - startedMs) / 1000;
      const theirs = await fuzz(defect.id, base.failed);
      const isFound = theirs.failed.length > 0 || theirs.trouble !== null;
      found.assay += ours.isRight ? 1 : 0;
      found.schemathesis += isFound ? 1 : 0;
      seconds.assay += ourSeconds;
      seconds.schemathesis += theirs.seconds;
      host.out(
        `${defect.id.slice(0, 42).padEnd(44)}${word(ours.isRight, ourSeconds).padEnd(16)}${word(isFound, theirs.seconds)}${theirs.trouble === null ? '' : `  (${theirs.trouble})`}\n`,
      );
    }
    host.out(
      `\nfound of ${defects.length}: assay ${found.assay} in ${seconds.assay.toFixed(0)} s, schemathesis ${found.schemathesis} in ${seconds.schemathesis.toFixed(0)} s\n`,
    );
    return found.assay === defects.length ? ExitCode.Ok : ExitCode.Finding;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function word(isFound: boolean, seconds: number): string {
  return `${isFound ? 'found' : '-'.padEnd(5)} ${seconds.toFixed(1)} s`;
}

interface Fuzzing {
  readonly program: string;
  readonly document: string;
  readonly contract: Contract;
  readonly defect: string | null;
  readonly excluded: readonly string[];
  readonly examples: number;
  readonly folder: string;
}

async function fuzzed({ program, document, contract, defect, excluded, examples, folder }: Fuzzing): Promise<Run> {
  const api = await startReferenceApi({ contract, limiter: null, ...(defect === null ? {} : { defect }) });
  const report = join(folder, 'report.ndjson');
  rmSync(report, { force: true });
  const startedMs = performance.now();
  try {
    const config = join(folder, 'schemathesis.toml');
    // The key stays out of arguments, which every process of the machine can read.
    writeWhole(config, `headers = { Authorization = "Bearer \${ASSAY_BENCH_KEY}" }\n`);
    const args = [
      ...['--config-file', config, 'run', document, '--url', api.baseUrl, '--checks', 'all', '--continue-on-failure'],
      ...['--max-examples', String(examples), '--seed', '1', '--request-timeout', '3', '--no-color'],
      ...['--generation-database', 'none', '--report', 'ndjson', '--report-ndjson-path', report],
      ...(excluded.length > 0 ? ['--exclude-checks', excluded.join(',')] : []),
    ];
    const { code, text } = await ended(program, args, folder, { ASSAY_BENCH_KEY: api.apiKey });
    const seconds = (performance.now() - startedMs) / 1000;
    const failed = existsSync(report) ? failedChecks(readFileSync(report, 'utf8')) : [];
    const isClear = code === 0 || failed.length > 0;
    const last =
      text
        .trim()
        .split('\n')
        .filter((line) => line.trim() !== '')
        .at(-1) ?? '';
    const trouble = isClear
      ? null
      : code === null
        ? `stopped after ${LONGEST_SECONDS} s`
        : `exit code ${code}: ${last.slice(0, 100)}`;
    return { failed, seconds, trouble };
  } finally {
    await api.close();
  }
}

/** Names of checks that are told as failed, wherever in the report's lines they are. */
function failedChecks(lines: string): string[] {
  return CHECKS.filter((name) =>
    new RegExp(
      `"name":\\s*"${name}"[^{}]*"status":\\s*"failure"|"status":\\s*"failure"[^{}]*"name":\\s*"${name}"`,
    ).test(lines),
  );
}

/** In a folder of its own: it keeps what it finds in the working folder. */
function ended(program: string, args: readonly string[], cwd: string, more: Record<string, string>) {
  return new Promise<{ code: number | null; text: string }>((resolve) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_SECONDS * 1000);
    const end = (code: number | null) => {
      clearTimeout(timer);
      resolve({ code, text });
    };
    child.on('error', () => end(null));
    child.on('close', end);
  });
}

async function output(program: string, args: readonly string[]): Promise<string | null> {
  const { code, text } = await ended(program, args, tmpdir(), {});
  return code === 0 ? text : null;
}
