import { expect, test } from 'vitest';
import { withLineBelow } from './line-below.ts';
import { REWRITE } from './progress.ts';

/** What a terminal shows: the line that is rewritten is taken away and drawn again. */
function screen(write: (streams: ReturnType<typeof withLineBelow>) => void): string {
  let shown = '';
  const put = (text: string) => {
    const [before = '', ...rewritten] = text.split(REWRITE);
    shown += before;
    for (const line of rewritten) shown = shown.slice(0, shown.lastIndexOf('\n') + 1) + line;
  };
  write(withLineBelow({ out: put, err: put }));
  return shown;
}

test('what is written while a line is rewritten stands above it', () => {
  const shown = screen(({ out, err }) => {
    err(`${REWRITE}1 of 3`);
    out('a result\n');
    err(`${REWRITE}2 of 3`);
    err('a warning\n');
  });
  expect(shown).toBe('a result\na warning\n2 of 3');
});

test('the line goes away where it is ended, and is not drawn again', () => {
  const shown = screen(({ out, err }) => {
    err(`${REWRITE}2 of 3`);
    err(REWRITE);
    out('done\n');
  });
  expect(shown).toBe('done\n');
});
