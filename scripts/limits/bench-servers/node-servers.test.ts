import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readContract } from '../../../contracts/lib/read-contract.ts';
import { packageRoot } from '../../lib/test-host.ts';
import { NODE_LIMITERS } from './node-limiters.ts';

/** Each server answers as the contract says, and rejects the first request beyond what it is said to admit. */

const contract = readContract(join(packageRoot, 'contracts/create-chat'));
const apiKey = 'bench-key-5c1d';
const valid = contract.examples.find(({ message, isValid }) => message === 'request' && isValid)?.body;

test.each(NODE_LIMITERS)('$name ($options) keeps the contract and admits $truth.0.capacity', async (server) => {
  const { baseUrl, close } = await server.start({ contract, apiKey, packageRoot });
  const send = async (body: unknown, key = apiKey) => {
    const response = await fetch(`${baseUrl}${contract.operation.path}`, {
      method: contract.operation.method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  const keepsContract = ({ status, body }: { status: number; body: unknown }): boolean => {
    const rule = contract.operation.responses[status === 403 ? 429 : status];
    return rule !== undefined && contract.validator(rule.schema)(body) === true;
  };
  try {
    const refused = [await send(valid, 'another-key'), await send({})];
    expect(refused.map(({ status }) => status)).toEqual([401, 400]);
    const answers = [];
    for (let index = 0; index < 20; index += 1) answers.push(await send(valid));
    expect([...refused, ...answers].filter((answer) => !keepsContract(answer))).toEqual([]);
    const capacity = server.truth === null ? 10 : Math.min(...server.truth.map((tier) => tier.capacity));
    // Whether a 400 or a 401 has cost something is a matter of each library.
    const admitted = answers.findIndex(({ status }) => status !== 201);
    expect(admitted).toBeGreaterThanOrEqual(capacity - 2);
    expect(admitted).toBeLessThanOrEqual(capacity);
  } finally {
    await close();
  }
});
