import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readContract } from '../../../contracts/lib/read-contract.ts';
import { packageRoot, testHost } from '../../lib/test-host.ts';
import type { ServerSetting } from './bench-server.ts';
import { NODE_LIMITERS } from './node-limiters.ts';
import { runBenchServer } from './run-bench-server.ts';

/** The well-known limiters for Node, over real HTTP through k6: with ASSAY_TEST_FULL=1, since each takes its windows. */

const isFull = process.env['ASSAY_TEST_FULL'] === '1';
const setting: ServerSetting = {
  contract: readContract(join(packageRoot, 'contracts/create-chat')),
  apiKey: 'bench-key-5c1d',
  packageRoot,
};

test.runIf(isFull).each(NODE_LIMITERS)(
  '$name ($options) gets a true verdict',
  async (server) => {
    const { outcome, mistakes, result } = await runBenchServer(server, setting, testHost());
    const said = `${result.verdict}: ${result.summary}; ${result.reason}`;
    expect(mistakes, said).toEqual([]);
    expect(outcome, said).toBe('right');
  },
  180_000,
);
