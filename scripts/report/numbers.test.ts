import { expect, test } from 'vitest';
import {
  counted,
  formatCount,
  formatDecimal,
  formatDuration,
  formatMs,
  formatRange,
  formatRate,
  formatSeconds,
  formatShare,
  formatShort,
} from './numbers.ts';

const rows: readonly (readonly [text: string, expected: string])[] = [
  [formatCount(0), '0'],
  [formatCount(999), '999'],
  [formatCount(1000), '1,000'],
  [formatCount(1234567), '1,234,567'],
  [formatDecimal(10), '10'],
  [formatDecimal(9.973), '9.97'],
  [formatDecimal(-0.001), '0'],
  [formatDecimal(-1234.5), '-1,234.5'],
  [formatShort(1204.3), '1,204'],
  [formatShort(4.127), '4.13'],
  [formatShort(0.0123), '0.0123'],
  [formatRate(411.46), '411.5'],
  [formatRate(0.2), '0.2'],
  [formatRate(0.0167), '0.0167'],
  [formatRate(12345.6), '12,346'],
  [formatMs(0), '0 ms'],
  [formatMs(4.13), '4.13 ms'],
  [formatMs(1234), '1.23 s'],
  [formatSeconds(0.0364), '0.036 s'],
  [formatSeconds(60), '60 s'],
  [formatDuration(12.44), '12.4 s'],
  [formatDuration(185.2), '3 min 5 s'],
  [formatDuration(3600), '1 h'],
  [formatShare(0, 0), '0 %'],
  [formatShare(1, 8), '12.5 %'],
  [formatShare(1, 100_000), '< 0.1 %'],
  [formatShare(99_999, 100_000), '> 99.9 %'],
  [formatShare(5, 5), '100 %'],
  [formatRange([120, 120]), '120'],
  [formatRange([9.97, 10.02]), '9.97–10.02'],
  [formatRange([5, null]), '≥ 5'],
  [formatRange([null, null]), 'not known'],
  [counted(1, 'case'), '1 case'],
  [counted(2000, 'case'), '2,000 cases'],
];

test('numbers are written as people read them', () => {
  expect(rows.map(([text]) => text)).toEqual(rows.map(([, expected]) => expected));
});
