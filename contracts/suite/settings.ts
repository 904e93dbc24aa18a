import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contract } from '../lib/contract.ts';
import { deadlineMs, wholeNumber } from '../lib/environment-numbers.ts';
import { standIns } from '../lib/given-inputs.ts';
import { LimitSyntaxError, parseLimit } from '../lib/limit-grammar.ts';
import { contractDirectory, readContract } from '../lib/read-contract.ts';
import { redactor } from '../lib/redact.ts';
import { type Environment, parseTarget, type Target } from '../lib/target.ts';
import { UserError } from '../lib/user-error.ts';
import { type Baseline, parseBaseline } from './baseline.ts';
import { secretsOf } from './run-case.ts';

/** Everything that the suite reads of its environment; the same in the main process, in each worker and for `--list`. */
export interface Settings {
  readonly contract: Contract;
  /** Folder of the contract. */
  readonly directory: string;
  readonly target: Target;
  /** Where @limit tests go: ASSAY_LIMIT_BASE_URL, else the target. */
  readonly limitBaseUrl: string;
  /** The target is the embedded reference API, under this limit of the grammar L (or "none"). */
  readonly embeddedLimit: string | null;
  /** The limit that @limit tests hold the server to; null: none is documented. */
  readonly expectedLimit: { readonly requests: number; readonly windowSeconds: number } | null;
  readonly seed: number;
  readonly deadlineMs: number;
  /** Absolute path of the folder for results. */
  readonly out: string;
  readonly isStrict: boolean;
  /** 0–100. */
  readonly minCoveragePercent: number;
  readonly minReachedPercent: number;
  readonly baseline: Baseline | null;
  /** @limit tests run: on loopback, or because they were asked for. */
  readonly runsLimit: boolean;
  readonly redact: (text: string) => string;
}

/** Stands for the embedded API until it listens: the specs are also read to list them. */
const NOT_YET = 'http://127.0.0.1:9';
const DEADLINE_MS = 10_000;
const MIN_REACHED_PERCENT = 95;
const SEED = 1;

/** Reads the settings. Throws UserError. `today` is YYYY-MM-DD. */
export function readSettings(env: Environment, cwd: string, packageRoot: string, today: string): Settings {
  const directory = contractDirectory(env['ASSAY_CONTRACT'], cwd, packageRoot);
  const contract = readContract(directory);
  const isWaiting = (env['ASSAY_BASE_URL'] ?? '') === '';
  // Inputs that another operation gives are given before the first case.
  const known = { ...standIns(contract.operation, env), ...(isWaiting ? { ASSAY_BASE_URL: NOT_YET } : {}) };
  const target = parseTarget({ ...env, ...known }, contract.operation);
  const limitBaseUrl = (env['ASSAY_LIMIT_BASE_URL'] ?? '').replace(/\/+$/, '') || target.baseUrl;
  parseTarget({ ...env, ...known, ASSAY_BASE_URL: limitBaseUrl }, contract.operation);
  const embeddedLimit = env['ASSAY_EMBEDDED_LIMIT'] ?? null;
  return {
    contract,
    directory,
    target,
    limitBaseUrl,
    embeddedLimit,
    expectedLimit: embeddedLimit === null ? (contract.operation.limit ?? null) : embeddedWindow(embeddedLimit),
    seed: wholeNumber(env, 'ASSAY_SEED', 0, 2 ** 32 - 1, SEED),
    deadlineMs: deadlineMs(env, DEADLINE_MS),
    out: resolve(cwd, env['ASSAY_OUT'] || 'reports/latest'),
    isStrict: isOn(env, 'ASSAY_STRICT'),
    minCoveragePercent: wholeNumber(env, 'ASSAY_MIN_COVERAGE', 0, 100, 0),
    minReachedPercent: wholeNumber(env, 'ASSAY_MIN_REACHED', 0, 100, MIN_REACHED_PERCENT),
    baseline: readBaseline(env, cwd, directory, today),
    runsLimit: target.isLoopback || isOn(env, 'ASSAY_LIMIT_TESTS'),
    redact: redactor(secretsOf([target.apiKey, target.secondApiKey])),
  };
}

function embeddedWindow(limit: string): Settings['expectedLimit'] {
  if (limit === 'none') return null;
  try {
    const parts = parseLimit(limit).map((part) =>
      part.kind === 'window'
        ? { requests: part.requests, windowSeconds: part.windowSeconds }
        : { requests: part.burst, windowSeconds: part.burst / part.refillPerSecond },
    );
    return parts.reduce((tightest, part) => (part.requests < tightest.requests ? part : tightest));
  } catch (error) {
    if (!(error instanceof LimitSyntaxError)) throw error;
    throw new UserError('ASSAY_EMBEDDED_LIMIT is not usable', {
      why: error.message,
      fix: 'leave it to assay to set it',
    });
  }
}

function isOn(env: Environment, name: string): boolean {
  return !['', '0', 'false', 'no'].includes((env[name] ?? '').trim().toLowerCase());
}

function readBaseline(env: Environment, cwd: string, directory: string, today: string): Baseline | null {
  const named = env['ASSAY_BASELINE'] ?? '';
  const path = named === '' ? join(directory, 'baseline.json') : resolve(cwd, named);
  if (named === '' && !existsSync(path)) return null;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UserError(isMissing ? `there is no baseline ${path}` : `the baseline ${path} cannot be read`, {
      why: isMissing ? 'ASSAY_BASELINE or --baseline names a file that does not exist' : (error as Error).message,
      fix: 'correct the path, or leave it out to use baseline.json of the contract folder, if there is one',
    });
  }
  return parseBaseline(text, path, today);
}

/** Root folder of this package, found from where this code lies: as source in contracts/suite, or built in dist. */
export function findPackageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'contracts'))) return folder;
    if (dirname(folder) === folder) throw new Error('the package of this suite is not complete');
  }
}

/** YYYY-MM-DD, in UTC. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

let current: Settings | undefined;

/** The settings of this process, read once. */
export function processSettings(): Settings {
  current ??= readSettings(process.env, process.cwd(), findPackageRoot(), dayOf(new Date()));
  return current;
}
