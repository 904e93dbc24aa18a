import type { ExitCode } from '../../contracts/lib/user-error.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';

/** The page and its companions are made anew after each command that writes a result. */
export async function reported(
  run: () => Promise<ExitCode>,
  host: Host,
  say: Host['out'] = host.out,
): Promise<ExitCode> {
  const ended = await run();
  const { pagePath, writeReport } = await import('../report/run-report.ts');
  const out = outputDirectory(host);
  if (writeReport(out, { ...host, out: say }) !== null) say(`\n  report: ${pagePath(out)}\n`);
  return ended;
}
