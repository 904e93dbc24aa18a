import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { type Claim, parseClaims } from '../../load/headers/claims.ts';
import { packageRoot } from '../lib/test-host.ts';
import { contractAnswers } from './bench-servers/answers.ts';
import type { StartedServer } from './bench-servers/bench-server.ts';
import { startExpress, startFastify } from './bench-servers/node-servers.ts';

/** The headers that well-known libraries really send are read whole, and without a fault. */

const contract = readContract(join(packageRoot, 'contracts/create-chat'));
const answers = contractAnswers(contract, 'key');
const valid = contract.examples.find(({ message, isValid }) => message === 'request' && isValid)?.body;

const express = (headers: object) => () => startExpress({ limit: 2, windowMs: 60_000, ...headers }, answers);
const fastify = (options: object) => () => startFastify({ max: 2, timeWindow: 60_000, ...options }, answers);

const limit = (header: string, windowSeconds: number | null = null) => ({ header, requests: 2, windowSeconds });

const cases: [does: string, start: () => Promise<StartedServer>, limits: object[], quota: string[]][] = [
  [
    'express-rate-limit, draft-6',
    express({ standardHeaders: 'draft-6' }),
    [limit('RateLimit-Limit'), limit('RateLimit-Policy', 60)],
    ['RateLimit-Reset', 'Retry-After'],
  ],
  [
    'express-rate-limit, draft-7',
    express({ standardHeaders: 'draft-7' }),
    [limit('RateLimit'), limit('RateLimit-Policy', 60)],
    ['RateLimit', 'Retry-After'],
  ],
  [
    'express-rate-limit, draft-8',
    express({ standardHeaders: 'draft-8' }),
    [limit('RateLimit-Policy', 60)],
    ['RateLimit', 'Retry-After'],
  ],
  [
    'express-rate-limit, legacy',
    express({ standardHeaders: false, legacyHeaders: true }),
    [limit('X-RateLimit-Limit')],
    ['X-RateLimit-Reset', 'Retry-After'],
  ],
  ['@fastify/rate-limit', fastify({}), [limit('X-RateLimit-Limit')], ['X-RateLimit-Reset', 'Retry-After']],
  [
    '@fastify/rate-limit, draft',
    fastify({ enableDraftSpec: true }),
    [limit('RateLimit-Limit')],
    ['RateLimit-Reset', 'Retry-After'],
  ],
];

test.each(cases)('%s', async (_, start, limits, quotas) => {
  const { baseUrl, close } = await start();
  try {
    const send = async (): Promise<ReturnType<typeof parseClaims>> => {
      const response = await fetch(`${baseUrl}${answers.path}`, {
        method: answers.method,
        headers: { authorization: answers.authorization, 'content-type': 'application/json' },
        body: JSON.stringify(valid),
      });
      await response.arrayBuffer();
      return parseClaims(Object.fromEntries(response.headers));
    };
    const [first, second, rejected] = [await send(), await send(), await send()];
    expect([first, second, rejected].flatMap(({ faults }) => faults)).toEqual([]);
    const claimsOf = <Kind extends Claim['kind']>(kind: Kind, { claims } = rejected) =>
      claims.filter((claim): claim is Extract<Claim, { kind: Kind }> => claim.kind === kind);
    expect(claimsOf('limit')).toEqual(limits.map((claim) => expect.objectContaining(claim)));
    expect(claimsOf('quota').map(({ header }) => header)).toEqual(quotas.toSorted());
    for (const { afterSeconds } of claimsOf('quota')) {
      expect(afterSeconds[0]).toBeGreaterThan(55);
      expect(afterSeconds[1]).toBeLessThanOrEqual(61);
    }
    const remaining = [first, second, rejected].map((answer) => claimsOf('remaining', answer)[0]?.requests);
    expect(remaining).toEqual([1, 0, 0]);
  } finally {
    await close();
  }
});
