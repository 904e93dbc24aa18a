import { UserError } from '../../contracts/lib/user-error.ts';

/** What `assay throughput` passes on to k6, and what it does not. Pure. */

/** Options of k6 that would make the result untrue, and what to use instead. */
const REFUSED: Readonly<Record<string, string>> = {
  '--vus': 'use --vus before the --',
  '-u': 'use --vus before the --',
  '--duration': 'use --duration before the --',
  '-d': 'use --duration before the --',
  '--iterations': 'use --duration before the --',
  '-i': 'use --duration before the --',
  '--stage': 'use --mode spike or --mode breakpoint',
  '-s': 'use --mode spike or --mode breakpoint',
  '--rps': 'use --rate before the --',
  '--config': 'set what it sets with options of assay',
  '-c': 'set what it sets with options of assay',
  '--execution-segment': 'use --segment before the --',
  '--execution-segment-sequence': 'use --segment before the --',
  '--discard-response-bodies': 'bodies are what the contract is about',
  '--http-debug': 'it would print the API key; assay serve or a proxy shows requests',
  '--insecure-skip-tls-verify': 'use --insecure before the --: it is for this machine only',
  '--max-redirects': 'redirects are never followed with the key',
  '--paused': 'nobody would start it',
  '--no-setup': 'setup tells when the load began',
  '--no-summary': 'the summary holds the percentiles',
  '--summary-mode': 'the summary is read by assay',
  '--summary-trend-stats': 'the summary is read by assay',
  '--system-tags': 'tags are what the counts are told apart by',
  '--console-output': 'assay reads what the script says',
  '--log-output': 'assay reads what the script says',
  '--log-format': 'assay reads what the script says',
  '--throw': 'requests without an answer are counted',
  '-w': 'requests without an answer are counted',
};

/** Throws UserError for an argument that is no option, or one that would change what is measured. */
export function checkK6Arguments(args: readonly string[]): void {
  for (const [index, arg] of args.entries()) {
    const isValue = !arg.startsWith('-');
    if (isValue && index === 0) {
      throw new UserError(`the argument ${arg.slice(0, 60)} is not understood`, {
        why: 'only options of k6 may follow, behind --',
        fix: 'write for example: assay throughput -- --out json=samples.json',
      });
    }
    const name = arg.replace(/=.*$/s, '');
    const fix = isValue || !Object.hasOwn(REFUSED, name) ? undefined : REFUSED[name];
    if (fix !== undefined)
      throw new UserError(`${name} is not passed on to k6`, { why: 'the result would not be what it says', fix });
  }
}

/** The part of a load that one of several generators takes. */
export interface Segment {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

/** "2/3"; throws UserError for anything else. */
export function parseSegment(text: string): Segment {
  const [, number, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const segment = { number: Number(number), of: Number(of) };
  if (!(segment.number >= 1 && segment.number <= segment.of))
    throw new UserError(`--segment ${text.slice(0, 40)} is not usable`, {
      why: 'it says which part of how many this generator takes',
      fix: 'write for example --segment 1/3, and 2/3 and 3/3 on the other generators',
    });
  return segment;
}

export function segmentArguments({ number, of }: Segment): string[] {
  const at = (index: number) => (index === 0 ? '0' : index === of ? '1' : `${index}/${of}`);
  const sequence = Array.from({ length: of + 1 }, (_, index) => at(index)).join(',');
  return [...['--execution-segment', `${at(number - 1)}:${at(number)}`], ...['--execution-segment-sequence', sequence]];
}

/** The output of k6 that assay reads; k6 has it once only. */
export const PUSH_OUTPUT = 'experimental-prometheus-rw';

/** The arguments without that output, and whether it was among them. */
export function withoutPushOutput(args: readonly string[]): { args: string[]; wantsPushOutput: boolean } {
  const left: string[] = [];
  let wantsPushOutput = false;
  for (let index = 0; index < args.length; index += 1) {
    const [arg = '', value] = [args[index], args[index + 1]];
    const [, joined] = /^(?:--out=|-o=?)(.+)$/.exec(arg) ?? [];
    const isSeparate = arg === '--out' || arg === '-o';
    const output = isSeparate ? value : joined;
    if (output?.split('=')[0] === PUSH_OUTPUT) {
      wantsPushOutput = true;
      if (isSeparate) index += 1;
    } else left.push(arg);
  }
  return { args: left, wantsPushOutput };
}
