import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { commands } from '../commands/index.ts';
import type { Host } from '../lib/host.ts';
import { wholeNumber } from '../lib/option-values.ts';

/** `npm run bench:startup [-- --rounds N]`: how long the tool itself takes to start and to be built. */

interface Measured {
  readonly what: string;
  readonly args: readonly string[];
  /** ms; null: only shown, to compare with. */
  readonly target: number | null;
}

const WIDTH = 27;

/** Exit code 1 where even the quickest round misses its target: other work on the machine makes rounds slower, never quicker. */
export async function benchStartup(args: string[], host: Host): Promise<ExitCode> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '15' } } });
  const rounds = wholeNumber('--rounds', 1)(values.rounds);
  const program = join(host.packageRoot, 'dist', 'assay.js');
  const build = join(host.packageRoot, 'scripts', 'build.mjs');
  const things: Measured[] = [
    { what: 'node alone', args: ['-e', '0'], target: null },
    { what: 'assay --help', args: [program, '--help'], target: 150 },
    { what: 'assay --version', args: [program, '--version'], target: 150 },
    ...commands.map(({ name }) => ({ what: `assay ${name} --help`, args: [program, name, '--help'], target: 150 })),
    { what: 'build, all of it', args: [build, '--fresh'], target: 500 },
    { what: 'build, a command changed', args: [build, '--fresh', 'programs'], target: 500 },
    { what: 'build, a contract changed', args: [build, '--fresh', 'k6-scripts'], target: 500 },
    { what: 'build, nothing changed', args: [build], target: 500 },
  ];
  host.out(`${'ms'.padEnd(WIDTH)}quickest  median  slowest  target\n`);
  let isMissed = false;
  for (const { what, args: of, target } of things) {
    const times: number[] = [];
    for (let round = 0; round < rounds && !host.signal.aborted; round += 1)
      times.push(milliseconds(of, host.packageRoot));
    if (host.signal.aborted) return ExitCode.Interrupted;
    times.sort((a, b) => a - b);
    const [quickest = 0] = times;
    const isOver = target !== null && quickest > target;
    isMissed ||= isOver;
    const cells = [quickest, times[Math.floor(times.length / 2)] ?? 0, times.at(-1) ?? 0].map((time) =>
      time.toFixed(0),
    );
    host.out(
      `${what.padEnd(WIDTH)}${cells[0]?.padStart(8)}${cells[1]?.padStart(8)}${cells[2]?.padStart(9)}${String(target ?? '').padStart(8)}${isOver ? '  missed' : ''}\n`,
    );
  }
  return isMissed ? ExitCode.Finding : ExitCode.Ok;
}

function milliseconds(args: readonly string[], cwd: string): number {
  const startedMs = performance.now();
  const { status } = spawnSync(process.execPath, args, { cwd, stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - startedMs;
}
