import { defineConfig } from 'vitest/config';

/** unit: pure code and loopback sockets, in parallel. e2e: whole commands, k6 and the browser, one after another. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{contracts,load,scripts}/**/*.test.ts'],
          exclude: ['**/*.e2e.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: 'scripts/lib/e2e-setup.ts',
          include: ['{contracts,load,scripts}/**/*.e2e.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
