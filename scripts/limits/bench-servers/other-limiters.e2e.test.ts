import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readContract } from '../../../contracts/lib/read-contract.ts';
import { packageRoot } from '../../lib/test-host.ts';
import { NotInstalled, type ServerSetting } from './bench-server.ts';
import { OTHER_LIMITERS } from './other-limiters.ts';

/**
 * Each server of others that is installed rejects the first request of a burst beyond what it is said to admit, with
 * the status that it is said to reject with. ASSAY_TEST_FULL=1: programs are built for it. `npm run bench:limiters`
 * looks for their limits.
 */

const isFull = process.env['ASSAY_TEST_FULL'] === '1';
const contract = readContract(join(packageRoot, 'contracts/create-chat'));
const apiKey = 'bench-key-5c1d';
const setting: ServerSetting = { contract, apiKey, packageRoot };
const valid = contract.examples.find(({ message, isValid }) => message === 'request' && isValid)?.body;

test.runIf(isFull).each(OTHER_LIMITERS)(
  '$name ($options) admits what it is said to',
  async (server) => {
    const started = await server.start(setting).catch((error: unknown) => {
      if (error instanceof NotInstalled) return error;
      throw error;
    });
    if (started instanceof NotInstalled) {
      console.log(`${server.name} (${server.options}): ${started.message}`);
      return;
    }
    try {
      const send = async (key: string): Promise<number> => {
        const response = await fetch(`${started.baseUrl}${contract.operation.path}`, {
          method: contract.operation.method,
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify(valid),
        });
        await response.arrayBuffer();
        return response.status;
      };
      const capacity = server.truth === null ? 9 : Math.min(...server.truth.map((tier) => tier.capacity));
      const statuses = await Promise.all(Array.from({ length: capacity + 1 }, () => send(apiKey)));
      expect(statuses.filter((status) => status === 201)).toHaveLength(capacity);
      expect(statuses.filter((status) => status !== 201)).toEqual([
        server.truth?.[0]?.status ?? (server.truth === null ? 503 : 429),
      ]);
    } finally {
      await started.close();
    }
  },
  180_000,
);
