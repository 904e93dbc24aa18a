import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from './target.ts';
import { UserError } from './user-error.ts';

/** `env` with what `.env` in `directory` adds to it; what is set already wins. Only ASSAY_* and K6_PATH are taken. */
export function withDotenv(env: Environment, directory: string): Environment {
  const path = join(directory, '.env');
  if (!existsSync(path)) return env;
  const text = readDotenv(path)
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n');
  refuseOpenQuotes(text, path);
  const taken = Object.entries(parseEnv(text)).filter(([name]) => OURS.test(name) && env[name] === undefined);
  return { ...env, ...Object.fromEntries(taken) };
}

const OURS = /^(ASSAY_[A-Z0-9_]+|K6_PATH)$/;

/** UTF-8, or UTF-16 as PowerShell's `>` writes it. */
function readDotenv(path: string): string {
  try {
    const bytes = readFileSync(path);
    return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le') : bytes.toString('utf8');
  } catch (error) {
    throw new UserError(
      `${path} cannot be read`,
      { why: (error as Error).message, fix: 'make it a text file that may be read, or take it away' },
      error,
    );
  }
}

/** Node's parser keeps such a quote as part of the value, or reads on to the next one, and a key with it is refused. */
function refuseOpenQuotes(text: string, path: string): void {
  for (const [index, line] of text.split('\n').entries()) {
    const [, name = '', quote, rest = ''] = /^\s*(?:export\s+)?(\w+)\s*=\s*(["'`])(.*)$/.exec(line) ?? [];
    if (quote === undefined || !OURS.test(name) || rest.includes(quote)) continue;
    throw new UserError(`${path} is not usable`, {
      why: `line ${index + 1}: the value of ${name} begins with ${quote} and does not end with it`,
      fix: `close the quote, or write ${name} without one`,
    });
  }
}
