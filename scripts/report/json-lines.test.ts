import fc from 'fast-check';
import { expect, test } from 'vitest';
import { valueAt } from '../../contracts/lib/pointer.ts';
import { jsonLines, nearestLine } from './json-lines.ts';

const text = `{
  "type": "object",
  "required": ["a",
    "b"],
  "properties": { "a/b": { "type": "integer" },
    "c\\u0064": { "enum": [
      "}", { "x": null }
    ] } }
}`;

test('a property stands where its name stands, an item where it begins', () => {
  const lines = jsonLines(text);
  const expected = {
    '': 1,
    '/type': 2,
    '/required': 3,
    '/required/0': 3,
    '/required/1': 4,
    '/properties/a~1b/type': 5,
    '/properties/cd': 6,
    '/properties/cd/enum/0': 7,
    '/properties/cd/enum/1/x': 7,
  };
  for (const [pointer, line] of Object.entries(expected)) expect(lines.get(pointer), pointer).toBe(line);
});

test('where there is no such place, the nearest around it is told', () => {
  expect(nearestLine(jsonLines(text), '/properties/gone/type')).toBe(5);
  expect(nearestLine(jsonLines(text), '/gone')).toBe(1);
  expect(nearestLine(jsonLines(''), '/gone')).toBeNull();
});

test('every place of any JSON text has the line that it stands on', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const pretty = JSON.stringify(value, null, 1);
      const lines = jsonLines(pretty);
      const rows = pretty.split('\n');
      for (const [pointer, line] of lines) {
        expect(valueAt(value, pointer)).not.toBeUndefined();
        if (pointer !== '' && !Array.isArray(valueAt(value, pointer.replace(/\/[^/]*$/, '')))) {
          const name = pointer
            .slice(pointer.lastIndexOf('/') + 1)
            .replaceAll('~1', '/')
            .replaceAll('~0', '~');
          expect(rows[line - 1]).toContain(JSON.stringify(name));
        }
      }
    }),
    { seed: 9, numRuns: 100 },
  );
});

test('a text that is no JSON neither throws nor hangs', () => {
  fc.assert(
    fc.property(fc.string(), (any) => void jsonLines(any)),
    { seed: 9, numRuns: 200 },
  );
  expect(jsonLines('{"a": "open\n"b": 1').get('/a')).toBe(1);
});
