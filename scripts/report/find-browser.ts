import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Environment } from '../../contracts/lib/target.ts';

/** Names under which a Chromium is installed. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Path of a Chromium: `ASSAY_CHROMIUM` where it is set (even to one that is not there: it was asked for), else
 * Playwright's own where it is installed, else the first on the PATH; null where there is none.
 */
export function findBrowser(env: Environment, playwrightsOwn: string): string | null {
  const asked = env['ASSAY_CHROMIUM'];
  if (asked !== undefined && asked !== '') return asked;
  const folders = (env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const candidates = [playwrightsOwn, ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))];
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
