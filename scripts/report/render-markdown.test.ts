import { expect, test } from 'vitest';
import { badRun, diffRun, goodRun, HOSTILE, hostileRun, noResults } from '../results/sample-results.fixture.ts';
import { reportModel } from './model.ts';
import { renderMarkdown } from './render-markdown.ts';

test('summary.md of a good run', async () => {
  await expect(renderMarkdown(reportModel(goodRun(), null))).toMatchFileSnapshot('golden/good.summary.md.txt');
});

test('summary.md of a bad run', async () => {
  await expect(renderMarkdown(reportModel(badRun(), null))).toMatchFileSnapshot('golden/bad.summary.md.txt');
});

test('summary.md of a comparison alone', async () => {
  const model = reportModel({ ...noResults, diff: diffRun().diff }, null);
  await expect(renderMarkdown(model)).toMatchFileSnapshot('golden/diff.summary.md.txt');
});

/** The text outside of code spans, as CommonMark finds them: a run of backticks up to the next run of the same length. */
function outsideCode(markdown: string): string {
  return markdown
    .split('\n')
    .map((line) => line.replace(/(?<![`\\])(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, ''))
    .join('\n');
}

test("a server's words are no HTML, link, mention or end of a table cell in summary.md", () => {
  const markdown = renderMarkdown(reportModel(hostileRun(), null));
  const prose = outsideCode(markdown).replaceAll(/<\/?sub>/g, '');
  expect(prose).not.toMatch(/<(?!\/?sub>)/);
  expect(prose).not.toMatch(/@\w/);
  expect(prose).not.toMatch(/(?<!\\)\]\(/);
  expect(markdown.length).toBeLessThan(25_000);
  const cells = (line: string) => line.split(/(?<!\\)\|/).length;
  for (const block of markdown.split('\n\n').filter((text) => text.startsWith('|'))) {
    const [head = '', ...rows] = block.split('\n');
    for (const row of rows) expect(cells(row), row).toBe(cells(head));
  }
});

test('hostile words are shown all the same', () => {
  const markdown = renderMarkdown(reportModel(hostileRun(), null));
  expect(markdown).toContain(`\`${HOSTILE[1]}\``);
  expect(markdown).toContain('… (1,048,576 characters)');
});
