import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from './lib/test-host.ts';

interface Made {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}
type BuildSteps = (options: {
  readonly root: string;
  readonly from: string;
  readonly into: string;
  readonly key: string;
  isFresh(name: string): boolean;
}) => {
  areAllKept(names: readonly string[]): boolean;
  step(name: string, make: () => Promise<Made>): Promise<void>;
  inputsOf(name: string): readonly string[];
  takeKept(): void;
  record(): string;
};
const { buildSteps, RECORD } = (await import(pathToFileURL(join(packageRoot, 'scripts', 'build-step.mjs')).href)) as {
  readonly buildSteps: BuildSteps;
  readonly RECORD: string;
};

let root = '';
const dist = () => join(root, 'dist');
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-build-step-'));
  writeFileSync(join(root, 'a.txt'), 'a');
  writeFileSync(join(root, 'b.txt'), 'b');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const NAMES = ['a', 'b'];

/** A build of two steps, each of which copies a file in capitals; the names of the steps that were run. */
async function build(options: { readonly key?: string; readonly fresh?: readonly string[] } = {}): Promise<string[]> {
  const into = join(root, 'next');
  const { areAllKept, step, takeKept, record } = buildSteps({
    ...{ root, into, from: dist(), key: options.key ?? 'key' },
    isFresh: (name) => options.fresh?.includes(name) ?? false,
  });
  if (areAllKept(NAMES)) return [];
  mkdirSync(into);
  const ran: string[] = [];
  for (const name of NAMES)
    await step(name, async () => {
      ran.push(name);
      mkdirSync(join(into, name));
      writeFileSync(join(into, name, 'out.txt'), readFileSync(join(root, `${name}.txt`), 'utf8').toUpperCase());
      return { inputs: [`${name}.txt`], outputs: [join(name, 'out.txt')] };
    });
  writeFileSync(join(into, RECORD), record());
  takeKept();
  rmSync(dist(), { recursive: true, force: true });
  renameSync(into, dist());
  return ran;
}
const made = () => NAMES.map((name) => readFileSync(join(dist(), name, 'out.txt'), 'utf8'));

test('the first build runs every step, the second none', async () => {
  expect(await build()).toEqual(NAMES);
  expect(await build()).toEqual([]);
  expect(made()).toEqual(['A', 'B']);
});

const changes: { does: string; change: () => void; ran: string[]; out: string[] }[] = [
  { does: 'an input that changed', change: () => writeFileSync(join(root, 'b.txt'), 'c'), ran: ['b'], out: ['A', 'C'] },
  {
    does: 'an output that somebody changed',
    change: () => writeFileSync(join(root, 'dist', 'a', 'out.txt'), 'mine'),
    ran: ['a'],
    out: ['A', 'B'],
  },
  {
    does: 'an output that is gone',
    change: () => rmSync(join(dist(), 'a'), { recursive: true }),
    ran: ['a'],
    out: ['A', 'B'],
  },
  {
    does: 'a record that is none',
    change: () => writeFileSync(join(root, 'dist', RECORD), '{"key":'),
    ran: NAMES,
    out: ['A', 'B'],
  },
  { does: 'no last build', change: () => rmSync(dist(), { recursive: true }), ran: NAMES, out: ['A', 'B'] },
];
for (const { does, change, ran, out } of changes)
  test(`${does} is built again, and the rest kept`, async () => {
    await build();

    change();
    expect(await build()).toEqual(ran);
    expect(made()).toEqual(out);
    expect(await build()).toEqual([]);
  });

test('other tools or options build everything again, and a step that is asked for runs', async () => {
  await build();
  expect(await build({ key: 'other' })).toEqual(NAMES);
  expect(await build({ key: 'other', fresh: ['b'] })).toEqual(['b']);
  expect(existsSync(join(root, 'next'))).toBe(false);
});
