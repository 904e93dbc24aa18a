import { defineConfig } from 'vitest/config';

/** Whole commands whose outcome does not depend on how quick the machine is: two files at a time. */
const CALM = ['bad-input', 'budget/*', 'docs/*', 'network/*', 'secrets/*', 'supply-chain/*'].map(
  (files) => `scripts/${files}.e2e.test.ts`,
);
const endToEnd = {
  globalSetup: 'scripts/lib/e2e-setup.ts',
  testTimeout: 120_000,
  hookTimeout: 300_000,
};

/**
 * unit: pure code and loopback sockets, in parallel. e2e: whole commands, k6 and the browser; those that measure time
 * (e2e-timed) one after another, with the machine to themselves.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{contracts,load,scripts}/**/*.test.ts'],
          exclude: ['**/*.e2e.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
          // All processors, and one load of the code a worker: no file changes what another one imports.
          maxWorkers: '100%',
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...endToEnd, name: 'e2e', include: CALM, maxWorkers: 2, sequence: { groupOrder: 1 } } },
      {
        test: {
          ...endToEnd,
          name: 'e2e-timed',
          include: ['{contracts,load,scripts}/**/*.e2e.test.ts'],
          exclude: [...CALM, '**/node_modules/**'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
