import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../lib/test-host.ts';
import { PUBLISHED_SCHEMAS } from '../results/published-schemas.ts';
import { resultsReference } from './schema-reference.ts';

test('fields are told with their path, kind and meaning; a definition within itself ends', () => {
  const schema = {
    $id: 'urn:x:1',
    description: 'x.json: an x.',
    required: ['rows', 'kind'],
    properties: {
      kind: { enum: ['a', null], description: 'a | b' },
      rows: { type: 'array', items: { $ref: '#/$defs/row' }, description: 'All of them.' },
      byName: { type: ['object', 'null'], additionalProperties: { type: 'object', properties: { n: { const: 1 } } } },
    },
    $defs: {
      row: { type: 'object', required: ['at'], properties: { at: { type: 'number' }, next: { $ref: '#/$defs/row' } } },
    },
  };
  const text = resultsReference({ x: schema });
  expect(text.split('\n').filter((line) => line.startsWith('| `'))).toEqual([
    '| `kind` | `"a"`, `null` | a \\| b |',
    '| `rows` | list of object | All of them. |',
    '| `rows[].at` | number |  |',
    '| `rows[].next`? | object |  |',
    '| `byName`? | object or null |  |',
    '| `byName.*.n`? | `1` |  |',
  ]);
});

test('docs/results.md is made of the published schemas: npx vitest run scripts/docs/schema-reference.test.ts -u', async () => {
  await expect(resultsReference(PUBLISHED_SCHEMAS)).toMatchFileSnapshot(join(packageRoot, 'docs', 'results.md'));
});
