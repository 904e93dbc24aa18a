import fc from 'fast-check';
import { expect, test } from 'vitest';
import { html, raw, scriptJson } from './html.ts';

test('values are escaped, markup is not, lists are joined, null and false leave nothing', () => {
  const items = ['<b>', raw('<i>')];
  expect(html`<p title="${'"\'&'}">${items}${null}${false}${0}</p>`.markup).toBe(
    '<p title="&quot;&#39;&amp;">&lt;b&gt;<i>0</p>',
  );
});

test('JSON in a script element reads back, and cannot end the element', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('</script>', '<!--', '\u2028', ']]>', '&lt;'), (value, hostile) => {
      const { markup } = scriptJson([value, hostile]);
      expect(markup).not.toMatch(/[<>&\u2028\u2029]/);
      expect(JSON.parse(markup)).toEqual(JSON.parse(JSON.stringify([value, hostile])));
    }),
    { seed: 6, numRuns: 300 },
  );
});
