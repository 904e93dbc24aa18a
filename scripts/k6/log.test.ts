import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineSplitter, parseLogLine, repetitionFilter } from './log.ts';

const cases: [line: string, entry: ReturnType<typeof parseLogLine>][] = [
  [
    '{"level":"info","msg":"@ {\\"a\\":\\"é \\u003c\\"}","source":"console","time":"2026-01-01T00:00:00Z"}',
    { level: 'info', message: '@ {"a":"é <"}', isFromScript: true },
  ],
  [
    '{"error":"dial tcp: refused","level":"warning","msg":"Request Failed","time":"2026-01-01T00:00:00Z"}',
    { level: 'warning', message: 'Request Failed: dial tcp: refused', isFromScript: false },
  ],
  [
    '{"level":"error","msg":"Error: boom\\n\\tat x","source":"stacktrace"}',
    { level: 'error', message: 'Error: boom\n\tat x', isFromScript: false },
  ],
  ['panic: runtime error', null],
  ['{"level":"info"', null],
  ['{"level":"info"}', null],
];
test.each(cases)('log line %s', (line, entry) => {
  expect(parseLogLine(line)).toEqual(entry);
});

test('lines come out whole, however the text is cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string().map((text) => text.replaceAll('\n', ''))),
      fc.infiniteStream(fc.nat(5)),
      (lines, sizes) => {
        const text = lines.map((line) => `${line}\n`).join('');
        const seen: string[] = [];
        const splitter = lineSplitter((line) => seen.push(line));
        for (let at = 0; at < text.length; ) {
          const size = 1 + (sizes.next().value ?? 0);
          splitter.push(text.slice(at, at + size));
          at += size;
        }
        splitter.end();
        expect(seen).toEqual(lines);
      },
    ),
    { seed: 20260101 },
  );
});

test('a last line without a line feed is given at the end', () => {
  const seen: string[] = [];
  const splitter = lineSplitter((line) => seen.push(line));
  splitter.push('a\nb');
  expect(seen).toEqual(['a']);
  splitter.end();
  expect(seen).toEqual(['a', 'b']);
});

test('the same message again and again is shown three times and then counted, digits aside', () => {
  const filter = repetitionFilter();
  const shown = Array.from({ length: 10 }, (_, index) => filter.offer(`port ${index} refused`));
  expect(shown.filter((text) => text !== null)).toEqual(['port 0 refused', 'port 1 refused', 'port 2 refused']);
  expect(filter.offer('another')).toBe('another');
  expect(filter.rest()).toEqual(['7 more like: port 0 refused']);
});

test('messages that all differ are cut too, so that they do not fill memory', () => {
  const filter = repetitionFilter();
  const shown = Array.from({ length: 26 * 26 }, (_, index) =>
    filter.offer(String.fromCharCode(97 + Math.floor(index / 26), 97 + (index % 26))),
  ).filter((text) => text !== null);
  expect(shown).toHaveLength(103);
});
