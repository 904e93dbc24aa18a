import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { lineSplitter } from '../k6/log.ts';
import { type Host, usesColor } from '../lib/host.ts';
import { hasOwnGroup, passOnInterrupt, signalTree } from '../lib/platform.ts';
import { type Status, startProgress } from '../lib/progress.ts';
import { STATUS_MARK, STATUS_VARIABLE } from './status-line.ts';
import { toldProblem } from './told-problem.ts';

/** Where the suite lies: as TypeScript in the clone, built in an installed package. */
export interface SuiteFiles {
  readonly config: string;
  readonly reporter: string;
}

export function suiteFiles(packageRoot: string): SuiteFiles {
  // Playwright transpiles no TypeScript under node_modules, where an installed package lies.
  const isInstalled =
    packageRoot.split(/[\\/]/).includes('node_modules') || !existsSync(join(packageRoot, 'playwright.config.ts'));
  return isInstalled
    ? {
        config: join(packageRoot, 'dist', 'suite', 'playwright.config.js'),
        reporter: join(packageRoot, 'dist', 'suite', 'reporter.js'),
      }
    : {
        config: join(packageRoot, 'playwright.config.ts'),
        reporter: join(packageRoot, 'scripts', 'contract', 'reporter.ts'),
      };
}

/**
 * Playwright's command line. Throws UserError where there is none, and where this folder has another copy than assay: what
 * one copy runs may import no other.
 */
export function findPlaywright(host: Pick<Host, 'cwd' | 'packageRoot'>): string {
  const own = playwrightFrom(host.cwd);
  const beside = playwrightFrom(host.packageRoot);
  if (own !== null && beside !== null && own !== beside)
    throw new UserError('there are two copies of @playwright/test', {
      why: `${own} belongs to this folder, ${beside} to the assay that runs; tests that import one cannot be run by the other`,
      fix: 'use the assay of this folder: `npm install --save-dev assay @playwright/test`, then `npx assay`; or run this one in another folder',
      exitCode: ExitCode.Impossible,
    });
  const found = own ?? beside;
  if (found !== null) return join(found, 'cli.js');
  throw new UserError('Playwright is not installed', {
    why: 'the package @playwright/test was found neither in this folder nor beside assay',
    fix: 'run `npm install --save-dev @playwright/test`',
    exitCode: ExitCode.Impossible,
  });
}

/** The folder of the copy that modules in `folder` import; links are followed. */
function playwrightFrom(folder: string): string | null {
  try {
    return dirname(createRequire(join(folder, 'package.json')).resolve('@playwright/test/package.json'));
  } catch {
    return null;
  }
}

/** Of the 5 s in which a stopped command ends. */
const STOP_GRACE_MS = 4000;

/** A line of Playwright's reporter "dot". */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const DOTS = /^(?:\u001b\[[0-9;]*m|[·.×±°TF])+$/;

/**
 * Runs `playwright test` to its end; its exit code. Everything that it prints goes through `redact`. `showsStatus`: our
 * own configuration decides what is shown, and the reporter's status takes the place of its dots. `onProblem` gets what kept
 * the reporter from writing its result.
 */
export function runPlaywright(
  program: string,
  args: readonly string[],
  host: Host,
  redact: (text: string) => string,
  longestSecret: number,
  showsStatus: boolean,
  onProblem: (problem: UserError) => void,
): Promise<number | null> {
  if (host.signal.aborted) return Promise.resolve(null);
  const child = spawn(process.execPath, [program, 'test', ...args], {
    cwd: host.cwd,
    env: {
      ...host.env,
      ...(host.env['FORCE_COLOR'] === undefined && usesColor(host) ? { FORCE_COLOR: '1' } : {}),
      ...(showsStatus ? { [STATUS_VARIABLE]: '1' } : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: at Ctrl-C the terminal signals the whole group, and a second signal makes Playwright drop its report.
    detached: hasOwnGroup(),
    windowsHide: true,
  });
  const kill = () => signalTree(child, 'SIGKILL');
  process.once('exit', kill);
  let timer: NodeJS.Timeout | undefined;
  const abort = () => {
    passOnInterrupt(child);
    timer = setTimeout(kill, STOP_GRACE_MS);
  };
  host.signal.addEventListener('abort', abort, { once: true });
  child.on('message', (message) => {
    const problem = toldProblem(message);
    if (problem !== null) onProblem(problem);
  });
  const progress = startProgress(host);
  const output = lineSplitter((line) => {
    // The dots say less than the progress does.
    if (!DOTS.test(line)) host.out(`${line}\n`);
  });
  const messages = lineSplitter((line) => {
    if (line.startsWith(STATUS_MARK)) progress.update(JSON.parse(line.slice(STATUS_MARK.length)) as Status);
    else host.err(`${line}\n`);
  });
  const flush = showsStatus
    ? [
        forward(child.stdout, output.push, redact, longestSecret),
        forward(child.stderr, messages.push, redact, longestSecret),
        output.end,
        messages.end,
        progress.done,
      ]
    : [
        forward(child.stdout, (text) => host.out(text), redact, longestSecret),
        forward(child.stderr, (text) => host.err(text), redact, longestSecret),
        progress.done,
      ];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      process.off('exit', kill);
      host.signal.removeEventListener('abort', abort);
      for (const end of flush) end();
      resolve(code);
    });
  });
}

/** Passes text on as it comes, but holds back an end that may be the beginning of a secret. Returns what flushes the rest. */
export function forward(
  stream: NodeJS.ReadableStream | null,
  write: (text: string) => void,
  redact: (text: string) => string,
  longestSecret: number,
): () => void {
  let held = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const text = redact(held + chunk);
    // A secret has no space or line break in it, so nothing before the last one can be the beginning of one.
    const from = Math.max(text.length - longestSecret, ...[' ', '\n', '·'].map((mark) => text.lastIndexOf(mark) + 1));
    write(text.slice(0, from));
    held = text.slice(from);
  });
  return () => {
    if (held !== '') write(redact(held));
    held = '';
  };
}
