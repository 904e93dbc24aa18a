import { expect, test } from 'vitest';
import { assayWords, docAnchors, docCommands, docLinks } from './doc-commands.ts';

const fence = '```';
const document = `# A title: with *signs*

${fence}sh
npx assay limits --expect 120/60s      # what it does
A=1 \\
  npx assay run
kubectl apply -f x.yaml   # not run by the tests: needs a cluster
echo "a # b"

# only a comment
${fence}

${fence}
not a command
${fence}

- a list

  ${fence}sh
  npx assay drift
  ${fence}

${fence}yaml
jobs:
  one:
    steps:
      - run: npm ci
      - run: |
          npx assay contract
          npx assay report
two:
  script:
    - 'npx assay diff main: .'
${fence}

See [that](other.md#a-part), [this](#a-title-with-signs), [web](https://example.com) and \`[no](link.md)\`.
`;

test('commands are found with their lines; comments and other fences are not', () => {
  expect(docCommands(document, 'a.md').map(({ line, text, notRun }) => [line, text, notRun])).toEqual([
    [4, 'npx assay limits --expect 120/60s', null],
    [6, 'A=1 npx assay run', null],
    [7, 'kubectl apply -f x.yaml', 'needs a cluster'],
    [8, 'echo "a # b"', null],
    [20, 'npx assay drift', null],
    [24, 'npm ci', null],
    [24, 'npx assay contract', null],
    [24, 'npx assay report', null],
    [24, 'npx assay diff main: .', null],
  ]);
});

test('a fence without an end is told', () => {
  expect(() => docCommands(`${fence}sh\nnpx assay`, 'a.md')).toThrow('a.md:1');
});

test('links and anchors are read as GitHub does', () => {
  expect(docLinks(document)).toEqual([
    { path: 'other.md', anchor: 'a-part' },
    { path: '', anchor: 'a-title-with-signs' },
  ]);
  expect(docAnchors(document)).toEqual(['a-title-with-signs']);
});

test('a simple call of assay is read as a shell reads it; what needs a shell is left to one', () => {
  expect(assayWords(`A=1 npx assay throughput --objective "p95<300ms" --grep 'a b' x`)).toEqual({
    env: { A: '1' },
    args: ['throughput', '--objective', 'p95<300ms', '--grep', 'a b', 'x'],
  });
  for (const text of [
    'npx assay report > a',
    'npx assay run | cat',
    'a=$(b) npx assay run',
    'npx assay x "$Y"',
    'cp a b',
  ])
    expect(assayWords(text)).toBeNull();
});
