import { fileURLToPath } from 'node:url';
import type { Environment } from '../../contracts/lib/target.ts';
import type { Host } from './host.ts';

/** Root folder of the package, as seen from the sources. */
export const packageRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A host for tests: what is said is kept, the environment is the machine's without a target, and it can be interrupted. */
export function testHost(env: Environment = {}): Host & { said(): { out: string; err: string }; interrupt(): void } {
  const controller = new AbortController();
  let out = '';
  let err = '';
  const machine = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('ASSAY_') || name === 'ASSAY_CACHE_DIR'),
  );
  return {
    env: { ...machine, ...env },
    cwd: packageRoot,
    packageRoot,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    isOutputTerminal: false,
    now: () => new Date(),
    signal: controller.signal,
    said: () => ({ out, err }),
    interrupt: () => controller.abort(),
  };
}
