/**
 * What limiters of other languages decide under a clock of their own, recorded once, so that their counterparts in
 * load/inference/testing/real are held against them where those languages are not installed.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { seededRandom } from '../../../contracts/lib/seeded-random.ts';
import { writeWhole } from '../../lib/files.ts';
import { jarOfMaven, pythonWithLimits, sourcesOf } from './library-servers.ts';

export const TRACES_FILE = 'load/inference/testing/real/traces.json';

/** Silences before each request: mostly none, some within a window of a second, some of just a window, some of more. */
function drawGapsMs(count: number): number[] {
  const random = seededRandom(20_261_124);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  return Array.from({ length: count }, () => {
    const kind = random();
    if (kind < 0.55) return upTo(3);
    if (kind < 0.85) return upTo(300);
    return kind < 0.95 ? 998 + upTo(5) : upTo(4000);
  });
}

/** Writes the traces; throws an Error where a language or a library is missing. */
export function recordTraces(packageRoot: string): number {
  const gapsMs = drawGapsMs(1500);
  const run = (language: string, command: string, args: readonly string[]): [string, string][] => {
    const { stdout, status, stderr } = spawnSync(command, args, {
      cwd: sourcesOf(packageRoot, language),
      env: { ...process.env, BENCH_GAPS_MS: gapsMs.join(',') },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
    return [...stdout.matchAll(/^(.+) ([01]+)$/gm)].map(([, name = '', decisions = '']) => [name, decisions]);
  };
  const target = join(packageRoot, 'dist/bench-servers/rust');
  const traces = Object.fromEntries([
    ...run('go', 'go', ['test', '-count=1', '-v', '-run', 'TestTraces', '.']),
    ...run('python', pythonWithLimits(), ['traces.py']),
    ...run('java', 'java', ['-cp', jarOfMaven(), 'Traces.java']),
    ...run('rust', 'cargo', ['run', '-q', '--release', '--offline', '--target-dir', target, '--example', 'traces']),
  ]);
  writeWhole(join(packageRoot, TRACES_FILE), `${JSON.stringify({ gapsMs, traces })}\n`);
  return Object.keys(traces).length;
}
