import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import type { Host } from '../lib/host.ts';
import { programName, scriptCommand } from '../lib/platform.ts';

/**
 * `npm run bench:matrix [-- --node 20,22,24 --k6 PATH,PATH]`: the built tool under each Node, taken from the npm packages of
 * Node, and with each k6 given. What passes is told, what cannot be had is left out with a word.
 */

/** What each combination has to do, with exit code 0. */
const JOBS: readonly { readonly what: string; readonly args: readonly string[]; readonly needsK6: boolean }[] = [
  { what: 'contract', args: ['contract', '--grep', '@smoke'], needsK6: false },
  { what: 'generate', args: ['generate', '--check'], needsK6: false },
  {
    what: 'throughput',
    args: ['throughput', '--rate', '20', '--duration', '2s', '--objective', 'violations=0'],
    needsK6: true,
  },
  { what: 'limits', args: ['limits', '--max-time', '4m'], needsK6: true },
];
const LONGEST_MS = 6 * 60_000;

export async function benchMatrix(args: string[], host: Host): Promise<ExitCode> {
  const { values } = parseArgs({
    args,
    options: { node: { type: 'string', default: '20,22,24' }, k6: { type: 'string', default: '' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'assay-matrix-'));
  try {
    const nodes = values.node.split(',').flatMap((version) => {
      const path = nodeOf(version.trim(), folder, host);
      return path === null ? [] : [path];
    });
    const k6s = values.k6 === '' ? [null] : values.k6.split(',').map((path) => resolve(host.cwd, path.trim()));
    for (const k6 of k6s)
      if (k6 !== null && !existsSync(k6))
        throw new UserError(`there is no k6 ${k6}`, {
          why: '--k6 takes paths of k6 programs',
          fix: 'correct the path',
        });
    let hasFailed = nodes.length === 0;
    for (const node of nodes)
      for (const [index, k6] of k6s.entries())
        for (const { what, args: job, needsK6 } of JOBS) {
          if (host.signal.aborted) return ExitCode.Interrupted;
          if (!needsK6 && index > 0) continue;
          const env = { ...clean(host.env), ASSAY_OUT: join(folder, 'out'), ...(k6 === null ? {} : { K6_PATH: k6 }) };
          const program = join(host.packageRoot, 'dist', 'assay.js');
          const startedMs = performance.now();
          const { status, stderr } = spawnSync(node, [program, ...job], {
            ...{ cwd: host.packageRoot, env, encoding: 'utf8', timeout: LONGEST_MS },
          });
          const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
          const with_ = `${versionOf(node, '--version')}${needsK6 ? `, ${k6 === null ? 'the usual k6' : versionOf(k6, 'version')}` : ''}`;
          host.out(`${status === 0 ? 'ok    ' : 'FAILED'}  ${what.padEnd(11)} ${with_}  (${seconds} s)\n`);
          if (status !== 0) host.out(`${stderr.trim().split('\n').slice(-4).join('\n')}\n`);
          hasFailed ||= status !== 0;
        }
    return hasFailed ? ExitCode.Finding : ExitCode.Ok;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The program of a Node version; null, with a word, where it cannot be had. */
function nodeOf(version: string, folder: string, host: Host): string | null {
  if (process.versions.node.split('.')[0] === version) return process.execPath;
  const home = join(folder, `node-${version}`);
  const npm = scriptCommand('npm');
  // The package "node" only brings this one in, by a script that npm may not be allowed to run.
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const args = [
    'install',
    '--prefix',
    home,
    '--no-audit',
    '--no-fund',
    '--no-save',
    '--ignore-scripts',
    `${name}@${version}`,
  ];
  const { status } = spawnSync(npm.command, args, { stdio: 'ignore', shell: npm.shell });
  const found = join(home, 'node_modules', name, 'bin', programName('node'));
  if (status === 0 && existsSync(found)) return found;
  host.out(`left out  Node ${version}: the package ${name}@${version} could not be installed\n`);
  return null;
}

function versionOf(program: string, argument: string): string {
  const said = spawnSync(program, [argument], { encoding: 'utf8' }).stdout.trim().split('\n')[0] ?? '';
  return argument === 'version' ? said.replace(/ \(.*/, '') : `Node ${said}`;
}

/** The environment without a user's target. */
function clean(env: Host['env']): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^ASSAY_(?!CACHE_DIR)/.test(name)));
}
