import { parseArgs } from 'node:util';

import { ExitCode } from '../../contracts/lib/user-error.ts';
import { chosenContractDirectory } from '../lib/chosen-contract.ts';
import type { Host } from '../lib/host.ts';
import { mayMount } from './disks.ts';
import { FAULT_ROWS } from './rows.ts';
import { SEES_PROCESSES } from './run-assay.ts';
import { titleOf, tryFault } from './try-fault.ts';

/** `npm run bench:faults [-- --only TEXT --verbose]`: every fault, every command; exit code 1 where one was not survived. */
export async function benchFaults(args: string[], host: Host): Promise<ExitCode> {
  const { values } = parseArgs({ args, options: { only: { type: 'string' }, verbose: { type: 'boolean' } } });
  const { only } = values;
  const bed = { packageRoot: host.packageRoot, contractFolder: chosenContractDirectory(host) };
  const canMount = mayMount();
  const chosen = FAULT_ROWS.filter((row) => only === undefined || new RegExp(only).test(titleOf(row)));
  const rows = chosen.filter((row) => row.mounts !== true || canMount);
  if (rows.length < chosen.length)
    host.out(`${chosen.length - rows.length} left out: file systems cannot be mounted here\n`);
  if (!SEES_PROCESSES) host.out('this system does not tell which processes a run left behind\n');
  let survived = 0;
  let lostSamples = 0;
  let leaks = 0;
  for (const row of rows) {
    if (host.signal.aborted) return ExitCode.Interrupted;
    const tried = await tryFault(row, bed);
    const { problems, ended } = tried;
    if (problems.length === 0) survived += 1;
    lostSamples += tried.lostSamples;
    leaks += tried.leaks;
    const mark = problems.length === 0 ? '✓' : '✗';
    host.out(`${mark} ${titleOf(row)} (exit code ${ended.code ?? ended.signal}, ${ended.seconds.toFixed(1)} s)\n`);
    for (const problem of problems) host.out(`    ${problem}\n`);
    if (problems.length > 0 || values.verbose === true)
      host.out(`${`${ended.stdout}\n${ended.stderr}`.replace(/^/gm, '    | ').slice(0, 4000)}\n`);
  }
  host.out(`faults tried ${rows.length}, survived ${survived}, lost samples ${lostSamples}, leaks found ${leaks}\n`);
  return survived === rows.length ? ExitCode.Ok : ExitCode.Finding;
}
