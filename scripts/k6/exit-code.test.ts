import { expect, test } from 'vitest';
import { explainK6End } from './exit-code.ts';

const cases: [exitCode: number | null, signal: string | null, kind: string, words: string][] = [
  [0, null, 'completed', 'completed'],
  [99, null, 'threshold-crossed', 'threshold'],
  [104, null, 'bad-options', 'K6_*'],
  [105, null, 'interrupted', 'signal'],
  [107, null, 'script-exception', 'exception'],
  [108, null, 'aborted-by-script', 'aborted'],
  [109, null, 'crashed', 'crashed'],
  [110, null, 'marked-as-failed', 'failed'],
  [255, null, 'other', 'could not start'],
  [42, null, 'other', '42'],
  [null, 'SIGKILL', 'killed', 'SIGKILL'],
];
test.each(cases)('k6 exit code %j, signal %j is %s', (exitCode, signal, kind, words) => {
  const ending = explainK6End({ exitCode, signal });
  expect(ending.kind).toBe(kind);
  expect(ending.text).toContain(words);
});
