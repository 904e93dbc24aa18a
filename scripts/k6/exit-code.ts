/** What the end of a k6 process means. Pure. Our exit codes come from our own results; this explains why there are none. */

export interface K6End {
  /** null when a signal ended the process. */
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export type K6Ending =
  | 'completed'
  | 'threshold-crossed'
  | 'timed-out'
  | 'aborted-by-script'
  | 'marked-as-failed'
  | 'interrupted'
  | 'bad-options'
  | 'script-exception'
  | 'crashed'
  | 'killed'
  | 'other';

/** k6's exit codes (errext/exitcodes/codes.go of k6 v2.2.0); 255 is any error that has no code of its own. */
const ENDINGS: Readonly<Record<number, { readonly kind: K6Ending; readonly text: string }>> = {
  0: { kind: 'completed', text: 'k6 completed' },
  97: { kind: 'other', text: 'the cloud test run failed' },
  98: { kind: 'other', text: 'k6 got no progress from the cloud' },
  99: { kind: 'threshold-crossed', text: 'a threshold was crossed' },
  100: { kind: 'timed-out', text: 'setup() timed out' },
  101: { kind: 'timed-out', text: 'teardown() timed out' },
  102: { kind: 'timed-out', text: 'k6 timed out' },
  103: { kind: 'interrupted', text: 'k6 was stopped through its REST API' },
  104: { kind: 'bad-options', text: 'k6 refused the options or the environment (K6_*) that it was given' },
  105: { kind: 'interrupted', text: 'k6 was interrupted by a signal' },
  106: { kind: 'other', text: 'k6 could not open the port of its REST API' },
  107: {
    kind: 'script-exception',
    text: 'the script threw an exception outside of an iteration, or could not be loaded',
  },
  108: { kind: 'aborted-by-script', text: 'the script aborted the test' },
  109: { kind: 'crashed', text: 'k6 itself crashed' },
  110: { kind: 'marked-as-failed', text: 'the script marked the test as failed' },
  255: { kind: 'other', text: 'k6 could not start the test (bad option, or no such script)' },
};

/**
 * What `end` means, in words that finish a sentence. Note that 0 does not say that each iteration went well: an
 * exception inside an iteration is logged and the run still ends with 0.
 */
export function explainK6End(end: K6End): { kind: K6Ending; text: string } {
  if (end.exitCode === null) return { kind: 'killed', text: `k6 was killed by ${end.signal ?? 'a signal'}` };
  return ENDINGS[end.exitCode] ?? { kind: 'other', text: `k6 ended with the unknown exit code ${end.exitCode}` };
}
