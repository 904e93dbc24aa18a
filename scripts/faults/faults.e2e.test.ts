import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../../contracts/lib/seeded-random.ts';
import { packageRoot } from '../lib/test-host.ts';
import { mayMount } from './disks.ts';
import type { FaultRow } from './fault-row.ts';
import { FAULT_ROWS, isQuick } from './rows.ts';
import { titleOf, tryFault } from './try-fault.ts';

/** Every fault under ASSAY_TEST_FULL=1; else a few of those that are over soon, chosen by ASSAY_SEED. */

const bed = { packageRoot, contractFolder: join(packageRoot, 'contracts', 'create-chat') };
const isFull = process.env['ASSAY_TEST_FULL'] === '1';
const SAMPLE = 6;

function chosenRows(): readonly FaultRow[] {
  if (isFull) return FAULT_ROWS;
  const seed = Number(process.env['ASSAY_SEED'] ?? 1);
  const random = seededRandom(seed);
  const quick = FAULT_ROWS.filter(isQuick)
    .map((row) => ({ row, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .slice(0, SAMPLE)
    .map(({ row }) => row);
  console.log(`faults: ${quick.length} of ${FAULT_ROWS.length}, chosen by ASSAY_SEED=${seed}`);
  return quick;
}

const canMount = mayMount();
for (const row of chosenRows()) {
  test.skipIf(row.mounts === true && !canMount)(titleOf(row), { timeout: 240_000 }, async () => {
    const { problems, ended } = await tryFault(row, bed);
    expect(problems, `${ended.stdout}\n${ended.stderr}`).toEqual([]);
  });
}

test('what is not survived is seen', { timeout: 120_000 }, async () => {
  const row: FaultRow = {
    fault: 'a row that expects too much',
    args: ['throughput', '--duration', '1s'],
    target: { kind: 'closed-port' },
    codes: [0],
    says: [/all is well/],
    writes: ['throughput.json'],
  };
  const { problems } = await tryFault(row, bed);
  expect(problems).toEqual([
    'its exit code is 3, and should be 0 or 4',
    'it did not say /all is well/',
    'there is no throughput.json',
  ]);
});
