import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Holds the rooms of ARCHITECTURE.md: who may import whom. Tests and fixtures may look anywhere. */

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = ['contracts', 'load', 'scripts'].flatMap((folder) =>
  (readdirSync(join(root, folder), { recursive: true }) as string[])
    .filter((file) => /\.(ts|mjs)$/.test(file) && !/\.(test|fixture)\.ts$|(^|\/)(generated|fixtures)\//.test(file))
    .map((file) => `${folder}/${file}`),
);

interface Import {
  readonly from: string;
  /** Path from the root, or the name of a package. */
  readonly to: string;
}

const imports: Import[] = sources.flatMap((from) =>
  [
    ...readFileSync(join(root, from), 'utf8').matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
    ),
  ].map(([, statically, dynamically]) => {
    const to = statically ?? dynamically ?? '';
    return { from, to: to.startsWith('.') ? relative(root, join(root, dirname(from), to)) : to };
  }),
);
const isIn = (path: string, ...folders: string[]) => folders.some((folder) => path.startsWith(`${folder}/`));
const isLocal = (path: string) => isIn(path, 'contracts', 'load', 'scripts', '..');

const rules: { says: string; breaks: (one: Import) => boolean }[] = [
  {
    says: 'nothing but scripts imports scripts',
    breaks: ({ from, to }) => isIn(to, 'scripts') && !isIn(from, 'scripts'),
  },
  {
    says: 'the inference engine imports itself only',
    breaks: ({ from, to }) => isIn(from, 'load/inference') && !isIn(to, 'load/inference'),
  },
  {
    says: 'limiters import themselves only',
    breaks: ({ from, to }) => isIn(from, 'load/limiters') && !isIn(to, 'load/limiters'),
  },
  {
    says: 'the engine never sees the limiters',
    breaks: ({ from, to }) => isIn(from, 'load/inference') && isIn(to, 'load/limiters'),
  },
  {
    says: 'what runs inside k6 needs no Node',
    breaks: ({ from, to }) =>
      isIn(from, 'load') &&
      !isIn(from, 'load/limiters') &&
      (to.startsWith('node:') || ['ajv', 'esbuild', 'commander'].includes(to)),
  },
  {
    says: 'load knows contracts only by contracts/lib and the bundled contract',
    breaks: ({ from, to }) => isIn(from, 'load') && isIn(to, 'contracts') && !isIn(to, 'contracts/lib'),
  },
  { says: 'contracts do not know load', breaks: ({ from, to }) => isIn(from, 'contracts') && isIn(to, 'load') },
  {
    says: 'contracts/lib, cases and judge are pure but for reading a folder and .env',
    breaks: ({ from, to }) =>
      isIn(from, 'contracts/lib', 'contracts/cases', 'contracts/judge') &&
      !['contracts/lib/read-contract.ts', 'contracts/lib/environment.ts'].includes(from) &&
      (to.startsWith('node:') || to === '@playwright/test'),
  },
  {
    says: 'one operation is known to its own folder only',
    breaks: ({ from, to }) => isIn(to, 'contracts/create-chat') && !isIn(from, 'contracts/create-chat'),
  },
];
for (const { says, breaks } of rules) {
  test(says, () => {
    expect(imports.filter(breaks).map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });
}

test('imports are seen at all', () => {
  expect(imports.length).toBeGreaterThan(50);
  expect(imports.some(({ to }) => isLocal(to))).toBe(true);
});

test('the name of the operation appears outside its folder only as the default', () => {
  const naming = sources.filter(
    (file) =>
      !isIn(file, 'contracts/create-chat') && /create-?chat|helpcrunch/i.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(naming.sort()).toEqual([
    'contracts/lib/read-contract.ts',
    'scripts/command-line.ts',
    'scripts/k6-bundle/index.ts',
  ]);
});
