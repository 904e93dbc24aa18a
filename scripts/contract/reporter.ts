import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, relative } from 'node:path';
import type { FullConfig, FullResult, Reporter, Suite, TestCase, TestResult } from '@playwright/test/reporter';
import { UserError } from '../../contracts/lib/user-error.ts';
import type { ContractCase, ContractResult } from '../../contracts/suite/contract-result.ts';
import { derivedCases } from '../../contracts/suite/derived-cases.ts';
import { type CaseRecord, RECORD_ATTACHMENT } from '../../contracts/suite/record.ts';
import { contractResult } from '../../contracts/suite/result.ts';
import { dayOf, findPackageRoot, readSettings, type Settings } from '../../contracts/suite/settings.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { RECORDED_FILE } from '../diff/run-drift.ts';
import { writeWhole } from '../lib/files.ts';
import { type Status, secondsLeftAt } from '../lib/progress.ts';
import { readLedger } from '../results/ledger.ts';
import { writeResult } from '../results/results.ts';
import { cleanFolders, type FileStamps, stampsOf } from '../secrets/clean-folder.ts';
import { keyCleaner } from '../secrets/guard.ts';
import { playwrightArtifacts } from './playwright-artifacts.ts';
import { STATUS_MARK, STATUS_VARIABLE } from './status-line.ts';
import { tellProblem } from './told-problem.ts';

/** Writes contract.json of a Playwright run, and lets the run fail where the verdict is not "holds". */
export default class ContractReporter implements Reporter {
  readonly #records = new Map<string, CaseRecord>();
  readonly #own = new Map<string, ContractCase>();
  #startedAt = new Date();
  #startedAtMs = performance.now();
  /** Of what Playwright writes, as it was before the first test. */
  #before: FileStamps = new Map();
  #createdBefore = 0;
  #suite: Suite | null = null;
  #isListing = false;
  #total = 0;
  #ended = 0;
  #config: FullConfig | null = null;
  readonly #attached: string[] = [];

  onBegin(config: FullConfig, suite: Suite): void {
    this.#startedAt = new Date();
    this.#startedAtMs = performance.now();
    this.#suite = suite;
    this.#isListing = process.argv.includes('--list');
    // Playwright takes its time to stop, and may be killed before it has told of the end.
    if (!this.#isListing) process.once('SIGINT', () => this.#writeEarly());
    if (!this.#isListing) this.#createdBefore = readLedger(settingsNow().out)?.created ?? 0;
    this.#total = suite.allTests().length;
    this.#config = config;
    if (!this.#isListing && keyCleaner(process.env) !== null) this.#before = stampsOf(playwrightArtifacts(config, []));
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    const attachments = result.attachments.filter(({ name, body }) => name === RECORD_ATTACHMENT && body !== undefined);
    for (const { body } of attachments)
      for (const record of JSON.parse((body as Buffer).toString('utf8')) as CaseRecord[])
        this.#records.set(record.case.id, record);
    this.#ended += 1;
    sayStatus({
      phase: 'contract',
      says: `${this.#ended} of ${this.#total} tests`,
      secondsLeft: secondsLeftAt(this.#ended, this.#total, (performance.now() - this.#startedAtMs) / 1000),
    });
    this.#attached.push(...result.attachments.flatMap(({ path }) => path ?? []));
    if (attachments.length === 0) this.#own.set(test.id, caseOfOwnTest(test, result, settingsNow()));
  }

  onEnd(result: FullResult): Promise<{ status?: FullResult['status'] } | undefined> | undefined {
    const tests = this.#suite?.allTests().length ?? 0;
    if (this.#isListing || (tests === 0 && this.#records.size === 0)) return undefined;
    let outcome: ContractResult;
    try {
      outcome = this.#write(result.status === 'interrupted' || result.status === 'timedout');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      tellProblem(error);
      return Promise.resolve({ status: 'failed' });
    }
    if (outcome.verdict === 'holds') return undefined;
    if (result.status !== 'passed') return undefined;
    if (outcome.reason !== null) process.stderr.write(`\ncontract ${outcome.verdict}: ${outcome.reason}\n`);
    return Promise.resolve({ status: 'failed' });
  }

  #writeEarly(): void {
    try {
      if (this.#records.size > 0) this.#write(true);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      tellProblem(error);
    }
  }

  /** Writes what is known until now. */
  #write(isInterrupted: boolean): ContractResult {
    const settings = settingsNow();
    const { contract, target } = settings;
    const outcome = contractResult({
      contract,
      records: [...this.#records.values()],
      order: derivedCases(settings).map((one) => one.id),
      own: [...this.#own.values()],
      baseline: settings.baseline,
      gates: settings,
      created: (readLedger(settings.out)?.created ?? 0) - this.#createdBefore,
      isInterrupted,
      notes: [],
      environment: {
        assay: packageFile.version,
        node: process.versions.node,
        playwright: playwrightVersion(),
        contract: contract.name,
        method: contract.operation.method,
        path: contract.operation.path,
        target: target.baseUrl,
        embedded: settings.embeddedLimit !== null,
        startedAt: this.#startedAt.toISOString(),
        seconds: Math.round((performance.now() - this.#startedAtMs) / 10) / 100,
        part: shardOf(this.#config),
        seed: settings.seed,
      },
    });
    writeResult(settings.out, 'contract', outcome, settings.redact);
    writeRecordedResponses(settings, [...this.#records.values()]);
    return outcome;
  }

  /** A test may also attach a file that was there before: that is left alone. */
  readonly #isOfThisRun = (path: string): boolean => {
    const stats = statSync(path, { throwIfNoEntry: false });
    // File systems round times down, some to two seconds.
    return stats !== undefined && stats.mtimeMs >= this.#startedAt.getTime() - 2000;
  };

  /** After all reports are written: what Playwright wrote of itself holds the key where a test sent it. */
  async onExit(): Promise<void> {
    const keys = keyCleaner(process.env);
    if (this.#config === null || keys === null || this.#isListing) return;
    const { cleaned, unread } = cleanFolders(
      playwrightArtifacts(this.#config, this.#attached.filter(this.#isOfThisRun)),
      keys,
      this.#before,
    );
    if (cleaned.length > 0)
      process.stderr.write(
        `the API key is masked in what Playwright wrote: ${cleaned.map((file) => relative(process.cwd(), file)).join(', ')}\n`,
      );
    for (const file of unread) process.stderr.write(`not looked through for the API key: ${file}\n`);
  }

  printsToStdio(): boolean {
    return false;
  }
}

function shardOf(config: FullConfig | null): ContractResult['environment']['part'] {
  const shard = config?.shard ?? null;
  return shard === null ? null : { number: shard.current, of: shard.total };
}

function sayStatus(status: Status): void {
  if (process.env[STATUS_VARIABLE] === '1') process.stderr.write(`${STATUS_MARK}${JSON.stringify(status)}\n`);
}

/** Read when it is needed: the global set-up names the target after reporters are made. */
function settingsNow(): Settings {
  return readSettings(process.env, process.cwd(), findPackageRoot(), dayOf(new Date()));
}

/** What the operation answered, a line each, for `assay drift`. */
function writeRecordedResponses({ contract, out, redact }: Settings, records: readonly CaseRecord[]): void {
  const { method, path } = contract.operation;
  const lines = records.flatMap((record) =>
    record.responses.map(({ status, body }) => `${redact(JSON.stringify({ method, url: path, status, body }))}\n`),
  );
  writeWhole(join(out, RECORDED_FILE), lines.join(''));
}

/** A test without a record: the user's own, or one that broke before it could tell. */
function caseOfOwnTest(test: TestCase, result: TestResult, settings: Settings): ContractCase {
  const message = plain(result.error?.message ?? '').trim();
  const [first = ''] = message.split('\n');
  const isBroken = result.status === 'failed' || result.status === 'timedOut';
  const outcome = isBroken ? 'broken' : result.status === 'passed' ? 'holds' : 'not-reached';
  const named = /\[([a-z0-9.-]+)\]$/.exec(test.title)?.[1];
  const id =
    named ??
    `test.${test.title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')}`;
  const received = isBroken ? settings.redact(message.slice(0, 1000)) : null;
  return {
    id,
    title: settings.redact(named === undefined ? test.title : test.title.replace(/ \[[^\]]*\]$/, '')),
    group: 'own',
    tags: test.tags,
    outcome,
    rule: isBroken ? 'test' : null,
    source: `${basename(test.location.file)}:${test.location.line}`,
    pointer: null,
    expected: null,
    received: isBroken
      ? settings.redact(first)
      : (result.annotations.find(({ type }) => type === 'skip')?.description ?? null),
    curl: null,
    rerun: `npx assay contract --grep '${test.title.replace(/[^A-Za-z0-9 ,]/g, '.')}'`,
    status: null,
    milliseconds: result.duration,
    violations: isBroken ? [{ rule: 'test', source: null, pointer: null, expected: null, received }] : [],
    baseline: null,
  };
}

/** Without the colours of a terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences start with one
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}

function playwrightVersion(): string {
  return (createRequire(import.meta.url)('@playwright/test/package.json') as { version: string }).version;
}
