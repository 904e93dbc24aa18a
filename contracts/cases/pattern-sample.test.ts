import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleOfPattern } from './pattern-sample.ts';

test.each([
  '^[a-z0-9][a-z0-9-]*$',
  '^ord_[0-9A-F]{8}$',
  '^(new|old)$',
  '^(?:a|b){2,3}c+d?$',
  '^\\d{4}-\\d\\d-\\d\\d$',
  '^[^a-z]{3}$',
  '^\\p{Lu}\\p{L}+$',
  '^\\+\\d{6,15}$',
  '^.{5,}$',
  'x\\.y',
  '^[\\w.+-]+@\\w+\\.\\w{2,}$',
  '^\\u{41}\\x41$'.replace('\\x41', '\\u0041'),
  '^[\\]\\\\]{2}$',
  '^(?<year>\\d{4})\\/(a(b|c)*)$',
])('a sample of %s matches it', (pattern) => {
  expect(sampleOfPattern(pattern)).toMatch(new RegExp(pattern, 'u'));
});

test('a sample matches patterns put together from classes, repeats and alternatives', () => {
  const unit = fc.tuple(
    fc.constantFrom('a', '\\d', '\\w', '[A-F]', '[^0-9]', '\\.', '.', '(?:x|yz)', '(q)'),
    fc.constantFrom('', '?', '*', '+', '{2}', '{1,3}', '{0,2}', '{3,}'),
  );
  fc.assert(
    fc.property(fc.array(unit, { minLength: 1, maxLength: 8 }), (units) => {
      const pattern = `^${units.map((parts) => parts.join('')).join('')}$`;
      expect(sampleOfPattern(pattern)).toMatch(new RegExp(pattern, 'u'));
    }),
    { seed: 7, numRuns: 300 },
  );
});
