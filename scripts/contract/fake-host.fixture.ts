import { fileURLToPath } from 'node:url';
import type { Environment } from '../../contracts/lib/target.ts';
import type { Host } from '../lib/host.ts';

/** A host that keeps what is said; the environment has what processes need, and `more`. */
export function fakeHost(more: Environment = {}): Host & { said: { out: string; err: string } } {
  const said = { out: '', err: '' };
  const { PATH, HOME, TMPDIR } = process.env;
  const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
  return {
    env: { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...more },
    cwd: root,
    packageRoot: root,
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    isTerminal: false,
    isOutputTerminal: false,
    now: () => new Date(),
    signal: new AbortController().signal,
    said,
  };
}
