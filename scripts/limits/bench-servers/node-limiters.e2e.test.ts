import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readContract } from '../../../contracts/lib/read-contract.ts';
import { packageRoot, testHost } from '../../lib/test-host.ts';
import type { ServerSetting } from './bench-server.ts';
import { NODE_LIMITERS } from './node-limiters.ts';
import { runBenchServer } from './run-bench-server.ts';

/** The well-known limiters for Node, over real HTTP through k6. ASSAY_TEST_FULL=1 takes all of them. */

const isFull = process.env['ASSAY_TEST_FULL'] === '1';
const setting: ServerSetting = {
  contract: readContract(join(packageRoot, 'contracts/create-chat')),
  apiKey: 'bench-key-5c1d',
  packageRoot,
};

test.each(NODE_LIMITERS.filter(({ isShort }) => isFull || isShort))(
  '$name ($options) gets a true verdict',
  async (server) => {
    const { outcome, mistakes, result } = await runBenchServer(server, setting, testHost());
    const said = `${result.verdict}: ${result.summary}; ${result.reason}`;
    expect(mistakes, said).toEqual([]);
    // How narrow the numbers get depends on what else the machine does; `npm run test:full` asks for exact ones.
    const isHonest = !isFull && server.truth !== null && result.verdict === 'bounded';
    expect(isHonest ? 'right' : outcome, said).toBe('right');
  },
  180_000,
);
