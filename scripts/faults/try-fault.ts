import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { basename, join } from 'node:path';
import type { Contract } from '../../contracts/lib/contract.ts';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { secretForms } from '../../contracts/lib/redact.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import { readLedger } from '../results/ledger.ts';
import { RESULT_SCHEMAS, type Results, readResults } from '../results/results.ts';
import type { Bed, FaultRow } from './fault-row.ts';
import { type FaultServer, startFaultServer } from './fault-server.ts';
import { type EndedRun, makePlace, runAssay } from './run-assay.ts';

/** What came of one row. */
export interface Tried {
  readonly row: FaultRow;
  /** What is wrong; [] where the command survived. */
  readonly problems: readonly string[];
  readonly lostSamples: number;
  /** Processes and files that were left. */
  readonly leaks: number;
  readonly ended: EndedRun;
}

/** A key that is found wherever it should not be. */
const API_KEY = 'canary-key-8c1f0a';
const LONGEST_SECONDS = 90;

/** Runs the command of a row with its fault, and lists what is not as it should be. */
export async function tryFault(
  row: FaultRow,
  { packageRoot, contractFolder }: Pick<Bed, 'packageRoot' | 'contractFolder'>,
): Promise<Tried> {
  const place = makePlace();
  const contract = readContract(contractFolder);
  const { target } = row;
  const api =
    target.kind === 'faulty'
      ? await startReferenceApi({
          contract,
          apiKey: API_KEY,
          limiter: target.limit === undefined ? null : createLimiter(target.limit),
        })
      : null;
  const server =
    target.kind === 'faulty' && api !== null
      ? await startFaultServer({
          upstreamPort: api.port,
          delivery: target.delivery,
          ...(target.fromAnswer === undefined ? {} : { fromAnswer: target.fromAnswer }),
          ...(target.restart === undefined ? {} : { restart: target.restart }),
          ...(target.certificate === undefined ? {} : { certificate: target.certificate() }),
        })
      : null;
  const env = await targetEnvironment(row, contract, server);
  const bed: Bed = { packageRoot, contract, contractFolder, place, server, env };
  const undo = row.prepare?.(bed);
  try {
    const ended = await runAssay(packageRoot, place, {
      args: row.args.map((arg) => arg.replace('{port}', String(server?.port))),
      env: { ...env, ...row.env?.(bed) },
      folder: row.folder,
      closesOutput: row.closesOutput === true,
      meanwhile:
        row.meanwhile === undefined ? undefined : (running) => row.meanwhile?.(running, bed) ?? Promise.resolve([]),
      longestSeconds: row.longestSeconds ?? LONGEST_SECONDS,
      afterlifeSeconds: row.afterlifeSeconds,
    });
    const { results, problems: fileProblems } = readableResults(place.out);
    const lost = lostSamples(row, results, place.out, server);
    const leaks = ended.leftProcesses.length + (row.mayLeaveFiles === true ? 0 : ended.leftFiles.length);
    const problems = [
      ...endProblems(row, ended, server),
      ...ended.problems,
      ...fileProblems,
      ...keyProblems(place.out, ended),
      ...presenceProblems(row, place.out),
      ...(row.check?.(ended, bed) ?? []),
      ...(lost > 0 ? [`${lost} samples are lost`] : []),
      ...ended.leftProcesses.map((line) => `this process outlived it: ${line.slice(0, 160)}`),
      ...(row.mayLeaveFiles === true ? [] : ended.leftFiles.map((file) => `it left ${file} among the temporary files`)),
    ];
    return { row, problems, lostSamples: lost, leaks, ended };
  } finally {
    undo?.();
    await server?.close();
    await api?.close();
    place.remove();
  }
}

async function targetEnvironment(
  { target }: FaultRow,
  contract: Contract,
  server: FaultServer | null,
): Promise<Record<string, string>> {
  if (target.kind === 'embedded') return {};
  const common = { ...embeddedInputs(contract), ASSAY_API_KEY: API_KEY, ASSAY_DEADLINE_MS: '1000' };
  if (target.kind === 'url')
    return {
      ...common,
      ASSAY_BASE_URL: target.baseUrl,
      ...(target.allow === undefined ? {} : { ASSAY_ALLOW_HOST: target.allow }),
    };
  const baseUrl = server?.baseUrl ?? `http://127.0.0.1:${await closedPort()}`;
  return { ...common, ASSAY_BASE_URL: baseUrl };
}

/** A port that was free a moment ago. */
function closedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** A frame of a stack of JavaScript, or a panic of Go. */
const STACK = /^\s+at .*[(:]\d+:\d+\)?$|^goroutine \d+ \[/m;
const THREE_LINES = /^error: .+\n {2}why: .+\n {2}fix: .+$/m;
/** Commands whose result depends on how fast this machine is. */
const MEASURING: readonly string[] = ['limits', 'throughput'];
const NEEDS_ERROR: readonly (number | null)[] = [ExitCode.Usage, ExitCode.Impossible];

function endProblems(row: FaultRow, ended: EndedRun, server: FaultServer | null): string[] {
  const said = ended.stdout + ended.stderr;
  const right: readonly (number | null)[] =
    row.codes.includes(ExitCode.Ok) && MEASURING.includes(row.args[0] ?? '')
      ? [...row.codes, ExitCode.Undecided]
      : row.codes;
  return [
    ...(server !== null && ended.code === ExitCode.Ok && server.stats.answers === 0
      ? ['it never asked the server']
      : []),
    ...(ended.isTooLong ? [`it did not end within ${row.longestSeconds ?? LONGEST_SECONDS} s`] : []),
    ...(right.includes(ended.code) || (ended.code === null && ended.signal === row.endsBy)
      ? []
      : [`its exit code is ${ended.code ?? ended.signal}, and should be ${row.endsBy ?? right.join(' or ')}`]),
    ...row.says.filter((pattern) => !pattern.test(said)).map((pattern) => `it did not say ${pattern}`),
    ...(STACK.test(said) ? ['it showed a stack trace'] : []),
    // `doctor` lists each thing with what to do about it.
    ...(row.closesOutput !== true &&
    row.args[0] !== 'doctor' &&
    NEEDS_ERROR.includes(ended.code) &&
    !THREE_LINES.test(ended.stderr)
      ? ['it did not say what, why and fix']
      : []),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what only a terminal understands
    ...(/[\u001b\r]/.test(said) ? ['it sent control characters to what is no terminal'] : []),
  ];
}

/** The results in a folder, each held to its published schema; what cannot be read whole is a problem. */
function readableResults(out: string): { results: Results | null; problems: string[] } {
  if (!existsSync(out) || !statSync(out).isDirectory()) return { results: null, problems: [] };
  const problems = filesIn(out)
    .filter((file) => file.endsWith('.tmp'))
    .map((file) => `${file} is half-written`);
  for (const file of filesIn(out)) {
    const text = readFileSync(join(out, file), 'utf8');
    const isWhole =
      (!file.endsWith('.html') || text.trimEnd().endsWith('</html>')) &&
      (!file.endsWith('.xml') || text.trimEnd().endsWith('>')) &&
      (!file.endsWith('.json') || isJson(text)) &&
      (!/\.(jsonl|ndjson)$/.test(file) || text.split('\n').every((line) => line === '' || isJson(line)));
    if (!isWhole) problems.push(`${file} is not whole`);
  }
  try {
    return { results: readResults(out), problems };
  } catch (error) {
    return { results: null, problems: [...problems, (error as Error).message] };
  }
}

function filesIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).filter(
    // Playwright's own folder is its own.
    (file) => !file.startsWith('playwright/') && statSync(join(folder, file)).isFile(),
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function keyProblems(out: string, ended: EndedRun): string[] {
  const forms = secretForms(API_KEY);
  const holdsKey = (text: string) => forms.some((form) => text.includes(form));
  const files = existsSync(out) && statSync(out).isDirectory() ? filesIn(out) : [];
  return [
    ...(holdsKey(ended.stdout + ended.stderr) ? ['it said the API key'] : []),
    ...files
      .filter((file) => holdsKey(readFileSync(join(out, file), 'latin1')))
      .map((file) => `${file} holds the API key`),
  ];
}

function presenceProblems(row: FaultRow, out: string): string[] {
  return [
    ...(row.writes ?? []).filter((file) => !existsSync(join(out, file))).map((file) => `there is no ${file}`),
    ...(row.writesNot ?? []).filter((file) => existsSync(join(out, file))).map((file) => `there is a ${file}`),
  ];
}

/**
 * What the server counted and the results do not: requests that it answered and that limits.json or throughput.json
 * leave out, and successes that reached the client and are neither in the ledger nor told as without an end.
 */
function lostSamples(row: FaultRow, results: Results | null, out: string, server: FaultServer | null): number {
  if (server === null || row.losesSamples === true) return 0;
  const [command] = row.args;
  const { answers, successesDelivered } = server.stats;
  const { limits = null, throughput = null } = results ?? {};
  const reported =
    command === 'limits' && limits !== null
      ? limits.cost.requests
      : command === 'throughput' && throughput !== null
        ? requestsOf(throughput)
        : null;
  const unreported = reported === null ? 0 : Math.max(0, answers - reported);
  const unanswered = limits === null ? 0 : limits.cost.requests - limits.cost.accepted - limits.cost.rejected;
  const told = unanswered + (throughput?.unfinished ?? 0);
  const unrecorded =
    row.losesLedger === true ? 0 : Math.max(0, successesDelivered - (readLedger(out)?.created ?? 0) - told);
  return Math.max(unreported, unrecorded);
}

/** All that a load sent: the one that asked whether the target answers, and those without an answer, too. */
function requestsOf(throughput: NonNullable<Results['throughput']>): number {
  return 1 + (throughput.unfinished ?? 0) + throughput.series.reduce((sum, { requests }) => sum + requests, 0);
}

/** The names of all result files with a schema. */
export const RESULT_FILES = Object.keys(RESULT_SCHEMAS).map((name) => `${name}.json`);

/** "assay throughput meets a server that never answers". */
export function titleOf({ args, fault }: FaultRow): string {
  const shown = args.map((arg) => (arg.includes('/') ? basename(arg) : arg)).join(' ');
  return `assay ${shown}: ${fault}`;
}
