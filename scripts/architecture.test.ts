import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Holds the rooms of ARCHITECTURE.md: who may import whom. Tests and fixtures may look anywhere. */

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = ['contracts', 'load', 'scripts'].flatMap((folder) =>
  (readdirSync(join(root, folder), { recursive: true }) as string[])
    .filter(
      (file) => /\.(ts|mjs)$/.test(file) && !/\.(test|fixture)\.ts$|(^|\/)(generated|fixtures|testing)\//.test(file),
    )
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
    says: 'the inference engine imports itself only, and what reads headers, which imports nothing else',
    breaks: ({ from, to }) =>
      (isIn(from, 'load/inference') && !isIn(to, 'load/inference', 'load/headers')) ||
      (isIn(from, 'load/headers') && !isIn(to, 'load/headers')),
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
    says: 'load knows of contracts what is pure, and the bundled contract',
    breaks: ({ from, to }) =>
      isIn(from, 'load') && isIn(to, 'contracts') && !isIn(to, 'contracts/lib', 'contracts/judge'),
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
    breaks: ({ from, to }) => {
      const [folder, operation = ''] = to.split('/');
      const isOperation = folder === 'contracts' && existsSync(join(root, folder, operation, 'operation.json'));
      return isOperation && !isIn(from, `contracts/${operation}`);
    },
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

/** Folders of contracts: contracts/<operation>/ with an operation.json. */
const operations = readdirSync(join(root, 'contracts')).filter((name) =>
  existsSync(join(root, 'contracts', name, 'operation.json')),
);

test('no operation is named in the code: its words stand in its own folder only', () => {
  expect(operations).toEqual(expect.arrayContaining(['create-chat', 'create-message']));
  // Words that only these operations have; more of their kind are found by a third contract that needs no change here.
  const words = /customer|assignee|department|markdownText|create-?chat|create-?message|helpcrunch/i;
  const code = [
    ...sources,
    ...['build', 'test', 'bench'].map((name) => `scripts/${name}.mjs`),
    ...['contracts/lib/operation.schema.json', 'playwright.config.ts'],
    ...readdirSync(join(root, 'scripts/results'))
      .filter((name) => name.endsWith('.schema.json'))
      .map((name) => `scripts/results/${name}`),
  ].filter((file) => !isIn(file, ...operations.map((name) => `contracts/${name}`)));
  expect(code.length).toBeGreaterThan(200);
  const naming = code.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (words.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(naming).toEqual([]);
});

test('the default contract is named in one place: the data of the package', () => {
  const { assay } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { assay: { contract: string } };
  expect(operations).toContain(assay.contract);
});

test('what differs between platforms is decided in one place', () => {
  const deciding = sources.filter((file) => /\bwin32\b|process\.platform/.test(readFileSync(join(root, file), 'utf8')));
  expect(deciding.sort()).toEqual([
    // Reads the machine for those who decide by it.
    'scripts/doctor/machine.ts',
    // Go's name for it.
    'scripts/k6/release.ts',
    'scripts/lib/platform.ts',
    // The name of Node's packages.
    'scripts/package/bench-matrix.ts',
  ]);
});
