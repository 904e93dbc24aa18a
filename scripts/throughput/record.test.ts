import { expect, test } from 'vitest';
import { parseRecord } from './record.ts';

const line = (event: string, data: unknown) => JSON.stringify({ event, data });

test('a record is read though metrics join it late, and their names come out of order', () => {
  const text = [
    line('param', { period: 1000 }),
    line('metric', { time: { type: 'gauge' } }),
    line('start', [[1000]]),
    line('metric', { zebra: { type: 'counter' }, vus: { type: 'gauge' } }),
    line('cumulative', [[2000], [5], [10, 10]]),
    line('snapshot', [[2000], [5], [10, 10]]),
    line('metric', {
      'broken{detail:a%2Cb}': { type: 'counter' },
      broken: { type: 'counter' },
      alpha: { type: 'counter' },
    }),
    line('cumulative', [[3, 1], [4, 2], [4, 2], [3000], [5], [30, 15]]),
    '{"event":"cumulative","data":[[3,1',
  ].join('\n');
  expect(parseRecord(text)).toEqual([
    { atMs: 2000, counts: new Map([['zebra', 10]]), countsByDetail: new Map() },
    {
      atMs: 3000,
      counts: new Map([
        ['alpha', 3],
        ['broken', 4],
        ['zebra', 30],
      ]),
      countsByDetail: new Map([['broken', new Map([['a,b', 4]])]]),
    },
  ]);
});

test('a metric without a sample yet is missing, not 0', () => {
  const text = [
    line('metric', { a: { type: 'counter' }, time: { type: 'gauge' } }),
    line('cumulative', [null, [1]]),
  ].join('\n');
  expect(parseRecord(text)).toEqual([{ atMs: 1, counts: new Map(), countsByDetail: new Map() }]);
});
