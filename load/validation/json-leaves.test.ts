import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toPointer, valueAt } from '../../contracts/lib/pointer.ts';
import { jsonLeaves } from './json-leaves.ts';

test('leaves are all scalars of a text, each where it stands, whatever the spaces', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space);
      const leaves = jsonLeaves(text);
      fc.pre(!text.includes('__proto__'));
      for (const { path, start, end } of leaves ?? []) {
        expect(JSON.parse(text.slice(start, end))).toEqual(valueAt(JSON.parse(text), toPointer(path)));
      }
      let scalars = 0;
      JSON.parse(text, (_, part) => {
        if (typeof part !== 'object' || part === null) scalars += 1;
        return part;
      });
      expect(leaves?.length).toBe(scalars);
    }),
    { seed: 1, numRuns: 500 },
  );
});

for (const text of ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"__proto__":1}]']) {
  test(`leaves are not told where paths are not clear: ${text}`, () => {
    expect(jsonLeaves(text)).toBeNull();
  });
}
