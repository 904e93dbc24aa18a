import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import fixture from './remote-write.fixture.json' with { type: 'json' };
import { parseWriteRequest } from './remote-write.ts';
import { countedOf, snapshotTaker } from './snapshots.ts';

/** What k6 itself pushed. */
const pushes = fixture.pushes.map((text) => new Uint8Array(Buffer.from(text, 'base64')));

function countsOf(taken: readonly Uint8Array[]): Record<string, number> {
  const taker = snapshotTaker();
  for (const push of taken) taker.take(parseWriteRequest(push));
  const counts: Record<string, number> = {};
  for (const { counts: risen } of taker.snapshots()) {
    for (const [key, count] of risen) {
      const counted = countedOf(key);
      const name = `${counted.kind}${'status' in counted ? ` ${counted.status} ${counted.bucket}` : ''}${'rule' in counted ? ` ${counted.rule}` : ''}`;
      counts[name] = count;
    }
  }
  return counts;
}

const sumOf = (counts: Record<string, number>, prefix: string) =>
  Object.entries(counts).reduce((sum, [name, count]) => sum + (name.startsWith(prefix) ? count : 0), 0);

test('a push of k6 gives the counts of its requests, by status, phase and rule', () => {
  const counts = countsOf(pushes);
  expect(sumOf(counts, 'answer 200')).toBe(5);
  expect(sumOf(counts, 'measured-answer 200')).toBe(3);
  expect(counts).toMatchObject({ 'rule 201 schema.type /id': 2, violations: 2 });
});

test('the last push, which says that no more will come, still holds all answers', () => {
  const counts = countsOf(pushes.slice(-1));
  expect([sumOf(counts, 'answer 200'), counts['rule 201 schema.type /id']]).toEqual([5, 2]);
});

test('pushes that come twice count once', () => {
  expect(countsOf([...pushes, ...pushes])).toEqual(countsOf(pushes));
});

test('a push that is cut anywhere is refused, or lacks what came after, and never hangs', () => {
  const [push = new Uint8Array()] = pushes;
  for (let length = 0; length < push.length; length += 1)
    expect(() => parseWriteRequest(push.subarray(0, length))).toThrow(/ends in the middle|shorter than it says/);
});

for (const [does, bytes, why] of [
  ['is longer than it says', [1, 4, 65, 66], 'longer than it says'],
  ['copies what is not there', [8, 0, 65, 1, 9], 'a copy of what is not there'],
  ['says that it is huge', [255, 255, 255, 255, 15], 'bytes long'],
  ['holds a number without an end', [11, 40, ...new Array<number>(11).fill(255)], 'more than ten bytes'],
  ['holds a field of no known type', [1, 0, 7], 'wire type 7'],
] as const) {
  test(`a push that ${does} is refused`, () => {
    expect(() => parseWriteRequest(Uint8Array.from(bytes))).toThrow(why);
  });
}

test('a copy may overlap what it writes', () => {
  // A series with the label "aaaaaaaa": "bbbbbbbb", each a letter and a copy of it, and the sample 0 at 0 ms.
  const text = [0x0a, 0x18, 0x0a, 0x14, 0x0a, 0x08, 0x61];
  const label = [0x12, 0x08, 0x62];
  const sample = [0x12, 0x00];
  const packed = [26, (text.length - 1) << 2, ...text, 2 + (6 << 2), 1, 0, (label.length - 1) << 2, ...label];
  packed.push(2 + (6 << 2), 1, 0, (sample.length - 1) << 2, ...sample);
  expect(parseWriteRequest(Uint8Array.from(packed))).toEqual([
    { labels: { aaaaaaaa: 'bbbbbbbb' }, atMs: 0, value: 0, histogram: null },
  ]);
});
