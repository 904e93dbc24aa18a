import { defineConfig } from 'vitest/config';

/** Whole commands that measure time or find limits: a busy machine changes what they find. */
const TIMED = ['limits', 'throughput'].map((folder) => `scripts/${folder}/**/*.e2e.test.ts`);
const WHOLE_COMMANDS = '{contracts,load,scripts}/**/*.e2e.test.ts';
const endToEnd = {
  globalSetup: 'scripts/lib/e2e-setup.ts',
  testTimeout: 120_000,
  hookTimeout: 300_000,
};

/**
 * unit: pure code and loopback sockets, in parallel. e2e: whole commands, k6 and the browser, two files at a time; those
 * that measure time (e2e-timed) one after another, with the machine to themselves.
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
      {
        test: {
          ...endToEnd,
          name: 'e2e',
          include: [WHOLE_COMMANDS],
          exclude: [...TIMED, '**/node_modules/**'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...endToEnd,
          name: 'e2e-timed',
          include: TIMED,
          exclude: ['**/node_modules/**'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
