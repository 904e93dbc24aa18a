import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Environment } from '../../contracts/lib/target.ts';
import { programName, scriptCommand, searchFolders } from '../lib/platform.ts';

/** Names under which a Chromium is installed. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge'];

/** A download of Playwright's Chromium may take this long. */
const INSTALL_TIMEOUT_MS = 180_000;

/**
 * Path of a Chromium: `ASSAY_CHROMIUM` where it is set (even to one that is not there: it was asked for), else
 * Playwright's own where it is installed, else the first on the PATH; null where there is none.
 */
export function findBrowser(env: Environment, playwrightsOwn: string): string | null {
  const asked = env['ASSAY_CHROMIUM'];
  if (asked !== undefined && asked !== '') return asked;
  const folders = searchFolders(env).filter(isAbsolute);
  const candidates = [
    playwrightsOwn,
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, programName(name)))),
  ];
  return candidates.find(isExecutable) ?? null;
}

/**
 * The same for tests: where there is none, tries once to install Playwright's. Null, with a word on standard error,
 * where that fails too; with ASSAY_REQUIRE_BROWSER=1 it throws instead.
 */
export function browserForTests(env: Environment, playwrightsOwn: string): string | null {
  const found = findBrowser(env, playwrightsOwn);
  if (found !== null) return found;
  const { command, shell } = scriptCommand('npx');
  spawnSync(command, ['playwright', 'install', 'chromium'], { shell, stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS });
  if (isExecutable(playwrightsOwn)) return playwrightsOwn;
  const text = 'no browser: the report was not opened in one (npx playwright install chromium, or set ASSAY_CHROMIUM)';
  if (env['ASSAY_REQUIRE_BROWSER'] === '1') throw new Error(text);
  process.stderr.write(`SKIPPED: ${text}\n`);
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
