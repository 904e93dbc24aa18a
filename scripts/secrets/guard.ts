import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { keyForms } from '../../contracts/cases/case.ts';
import { redactor } from '../../contracts/lib/redact.ts';
import type { Environment } from '../../contracts/lib/target.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { type Cleaner, cleaner } from './clean.ts';
import { cleanFolders, type FileStamps, stampsOf } from './clean-folder.ts';

/**
 * The last look at each run: no file that it wrote may hold an API key. What Playwright writes of itself does hold
 * it (headers in traces and HAR files) and is cleaned; a key in a file of ours is masked too, and is a bug of ours.
 */

/** Folder of what Playwright keeps of tests, in ASSAY_OUT. */
export const PLAYWRIGHT_FOLDER = 'playwright';

/** A cleaner of the keys that an environment names; null where it names none. */
export function keyCleaner(env: Environment): Cleaner | null {
  const keys = ['ASSAY_API_KEY', 'ASSAY_SECOND_API_KEY'].map((name) => env[name] ?? '').filter((key) => key !== '');
  const secrets = keys.flatMap(keyForms);
  return secrets.length === 0 ? null : cleaner(secrets, redactor(secrets));
}

/** Runs a command, and then looks at what it wrote, also where it throws. */
export async function guarded(run: () => Promise<ExitCode>, host: Host): Promise<ExitCode> {
  const before = stampsOf(keyCleaner(host.env) === null ? [] : [outputDirectory(host)]);
  let code: ExitCode = ExitCode.Ok;
  let thrown: unknown = null;
  try {
    code = await run();
  } catch (error) {
    thrown = error;
  }
  const ours = leaksOf(host, before);
  if (ours.length > 0) {
    if (thrown instanceof UserError) host.err(`${thrown.toText()}\n`);
    host.err(
      `error: the API key was written to ${ours.join(', ')}\n  why: a bug of assay's; it is masked there now\n  fix: report it with the command that you ran, and change the key if somebody read the file meanwhile\n`,
    );
  }
  if (thrown !== null && (ours.length === 0 || !(thrown instanceof UserError))) throw thrown;
  return ours.length > 0 ? ExitCode.Bug : code;
}

/** Masks the keys in what was written to ASSAY_OUT since `before`; the files of ours that held one. */
function leaksOf(host: Host, before: FileStamps): string[] {
  const out = outputDirectory(host);
  const found = existsSync(out) ? keyCleaner(host.env) : null;
  if (found === null) return [];
  const { cleaned, unread } = cleanFolders([out], found, before);
  for (const file of unread) host.err(`not looked through for the API key: ${file}\n`);
  const playwright = join(out, PLAYWRIGHT_FOLDER) + sep;
  return cleaned.filter((file) => !file.startsWith(playwright)).map((file) => relative(host.cwd, file));
}
