import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from './target.ts';

/** `env` with what `.env` in `directory` adds to it; what is set already wins. Only ASSAY_* and K6_PATH are taken. */
export function withDotenv(env: Environment, directory: string): Environment {
  const path = join(directory, '.env');
  if (!existsSync(path)) return env;
  const parsed = parseEnv(
    readFileSync(path, 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n'),
  );
  const taken = Object.entries(parsed).filter(
    ([name]) => /^(ASSAY_[A-Z0-9_]+|K6_PATH)$/.test(name) && env[name] === undefined,
  );
  return { ...env, ...Object.fromEntries(taken) };
}
