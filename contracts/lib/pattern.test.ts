import { expect, test } from 'vitest';
import { withoutPropertyEscapes } from './pattern.ts';

const cases = [
  { pattern: '^\\p{L}+$', accepts: ['é', 'ж', 'Z', '𐐀'], refuses: ['1', '', 'p{L}'] },
  { pattern: '^[\\p{Lu}_-]$', accepts: ['É', '_', '-'], refuses: ['é', '1'] },
  { pattern: '^\\P{L}$', accepts: ['1', ' ', '😀'], refuses: ['a'] },
  { pattern: '^[^\\p{L}]$', accepts: ['1'], refuses: ['a', 'ж'] },
  { pattern: '^\\\\p\\{L\\}$', accepts: ['\\p{L}'], refuses: ['a'] },
  { pattern: '^[a\\]]$', accepts: [']', 'a'], refuses: ['b'] },
];
for (const { pattern, accepts, refuses } of cases) {
  test(`${pattern} means the same without property escapes`, () => {
    const portable = withoutPropertyEscapes(pattern);
    expect(portable.replaceAll('\\\\p', '')).not.toMatch(/\\[pP]\{/);
    for (const text of accepts) {
      expect(new RegExp(pattern, 'u').test(text), text).toBe(true);
      expect(new RegExp(portable, 'u').test(text), text).toBe(true);
    }
    for (const text of refuses) {
      expect(new RegExp(pattern, 'u').test(text), text).toBe(false);
      expect(new RegExp(portable, 'u').test(text), text).toBe(false);
    }
  });
}
