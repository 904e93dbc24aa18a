import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FullConfig } from '@playwright/test';
import { createBudget, hasLimits, parseBudget } from '../lib/budget.ts';
import { ExitCode, UserError } from '../lib/user-error.ts';
import { giveInputsOrThrow } from './given-inputs.ts';
import { recordInLedger } from './ledger.ts';
import { localPace, paceIntervalMs, servePace } from './pace.ts';
import { reachabilityProblem } from './reachable.ts';
import { dayOf, findPackageRoot, readSettings } from './settings.ts';
import { BUDGET_URL_VARIABLE, budgetOf, serveBudget, withinBudget } from './shared-budget.ts';
import { transportFor } from './transport.ts';

/** Before the first test: the embedded API where no target is set, and the pace that all workers share. */
export default async function setUp(config: FullConfig): Promise<() => Promise<void>> {
  const children: ChildProcess[] = [];
  const closings: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.all([...children.map(stopped), ...closings.map((close) => close())]);
  };
  try {
    if (process.env['ASSAY_EMBEDDED_STARTS'] === '1' && (process.env['ASSAY_BASE_URL'] ?? '') === '') {
      const [url, limitUrl] = await Promise.all([
        startEmbedded('none', children),
        startEmbedded(process.env['ASSAY_EMBEDDED_LIMIT'] ?? 'none', children),
      ]);
      process.env['ASSAY_BASE_URL'] = url;
      process.env['ASSAY_LIMIT_BASE_URL'] = limitUrl;
    }
    const settings = readSettings(process.env, process.cwd(), findPackageRoot(), dayOf(new Date()));
    const problem = await reachabilityProblem(settings.target.baseUrl, process.env);
    if (problem !== null) throw problem;
    const { target } = settings;
    const budgets = parseBudget(process.env);
    if (hasLimits(budgets) && (process.env[BUDGET_URL_VARIABLE] ?? '') === '') {
      const budget = await serveBudget(createBudget(budgets, () => performance.now()));
      closings.push(budget.close);
      process.env[BUDGET_URL_VARIABLE] = budget.url;
    }
    const given = await giveInputsOrThrow(settings.contract, process.env, {
      ...{ apiKey: target.apiKey, baseUrl: target.baseUrl, isLoopback: target.isLoopback },
      deadlineMs: settings.deadlineMs,
      send: withinBudget(transportFor(process.env), budgetOf(process.env)),
      created: (operation, id) => recordInLedger(settings, operation, 'given', id),
    });
    Object.assign(process.env, given);
    const interval = paceIntervalMs(
      settings.contract.operation.limit ?? null,
      settings.target.isLoopback,
      config.shard?.total ?? 1,
    );
    const pace = await servePace(localPace(interval, () => performance.now()));
    closings.push(pace.close);
    process.env['ASSAY_PACE_URL'] = pace.url;
    return stop;
  } catch (error) {
    await stop();
    if (!(error instanceof UserError)) throw error;
    // Playwright prints the stack of what is thrown here; a person needs the three lines only.
    const told = new Error(error.toText());
    told.stack = error.toText();
    throw told;
  }
}

const START_DEADLINE_MS = 20_000;

/** Starts `assay serve` on a free port; its base URL. */
function startEmbedded(limit: string, children: ChildProcess[]): Promise<string> {
  const program = join(findPackageRoot(), 'dist', 'assay.js');
  if (!existsSync(program))
    throw new UserError('the embedded reference API cannot be started', {
      why: `${program} is not there: the package was not built`,
      fix: 'run `npm ci` (or `npm run build`), or set ASSAY_BASE_URL to a server of your own',
      exitCode: ExitCode.Impossible,
    });
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', '--limit', limit], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: process.env,
  });
  children.push(child);
  return new Promise((resolve, reject) => {
    let said = '';
    let complained = '';
    const failed = (why: string) => {
      clearTimeout(timer);
      reject(
        new UserError('the embedded reference API did not start', {
          why,
          fix: 'run `npx assay serve` to see why',
          exitCode: ExitCode.Impossible,
        }),
      );
    };
    const timer = setTimeout(() => failed('it said no URL in time'), START_DEADLINE_MS);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const url = /^(http:\/\/\S+)\n/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complained += text;
    });
    child.on('error', (error) => failed(error.message));
    child.on('exit', () => failed(complained.trim().split('\n').slice(0, 3).join(' ') || 'it ended at once'));
  });
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
