import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactor, secretForms } from './redact.ts';

const secret = 'k3y+with/odd="chars"&<more>';
const forms = [
  { name: 'plain', text: secret },
  { name: 'URL-encoded', text: encodeURIComponent(secret) },
  { name: 'JSON', text: JSON.stringify({ key: secret }) },
  {
    name: 'HTML',
    text: secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  },
  { name: 'JSON within JSON', text: JSON.stringify(JSON.stringify({ key: secret })) },
  { name: 'JSON pointer', text: `/chat/${secret.replaceAll('/', '~1')}/id` },
  { name: 'hexadecimal', text: Buffer.from(secret).toString('hex') },
  { name: 'reversed', text: [...`Bearer ${secret}`].reverse().join('') },
  { name: 'base64', text: btoa(secret) },
  { name: 'base64 of the header', text: btoa(`Bearer ${secret}`) },
  { name: 'base64url', text: btoa(`x${secret}`).replaceAll('+', '-').replaceAll('/', '_') },
];
for (const { name, text } of forms) {
  test(`a secret is masked as ${name}`, () => {
    const masked = redactor([secret])(`before ${text} after`);
    expect(masked).toContain('***');
    expect(masked).not.toContain(secret.slice(4, 20));
    expect(masked.startsWith('before ')).toBe(true);
    expect(masked.endsWith(' after')).toBe(true);
  });
}

test('no form of a secret is left, whatever stands around it', () => {
  const key = fc.stringMatching(/^[!-~]{12,40}$/);
  fc.assert(
    fc.property(key, fc.string(), fc.string(), (value, before, after) => {
      const masked = redactor([value])(`${before}${value}${after} ${btoa(`Bearer ${value}`)}`);
      for (const form of secretForms(value)) expect(masked).not.toContain(form);
    }),
  );
});

test('a secret beyond ASCII is masked in base64 as well', () => {
  const text = Buffer.from('Bearer schlüssel-für-später').toString('base64');
  expect(redactor(['schlüssel-für-später'])(text)).toContain('***');
});

test('short and missing secrets change nothing', () => {
  expect(redactor(['a', '', null, undefined])('a banana')).toBe('a banana');
});
