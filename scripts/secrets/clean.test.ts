import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { redactor, secretForms } from '../../contracts/lib/redact.ts';
import { cleaner } from './clean.ts';
import { isZip, readZip, writeZip } from './zip.ts';

const secret = 'canary+key/5ad1=Zq';
const { clean } = cleaner([secret], redactor([secret]));
const entry = (name: string, text: string | Buffer) => ({ name, content: Buffer.from(text), modified: 0x5a21_0000 });
const holds = (bytes: Buffer) =>
  [...secretForms(secret), Buffer.from(secret, 'utf16le'), Buffer.from(secret, 'utf16le').swap16()].some((form) =>
    bytes.includes(form),
  );

const trace = writeZip([
  entry('trace.network', `{"name":"Authorization","value":"Bearer ${secret}"}\n`),
  entry('resources/a.png', Buffer.from([0x89, 0x50, 0xff, 0x00, 0xfe])),
]);

test.each([
  ['plain text', Buffer.from(`Authorization: Bearer ${secret}`)],
  ['text between bytes that are none', Buffer.concat([Buffer.from([0xff, 0xfe, 0x00]), Buffer.from(secret)])],
  ['gzip', gzipSync(`key=${secret}`)],
  ['a ZIP archive', trace],
  ['an archive in an archive', writeZip([entry('data/1.zip', trace)])],
  ['a page with an archive in base64', Buffer.from(`<t>data:application/zip;base64,${trace.toString('base64')}</t>`)],
  ['base64 of another form of it', Buffer.from(`"${btoa(`x ${encodeURIComponent(secret)}`)}"`)],
  ['gzip in base64', Buffer.from(`"${gzipSync(secret.repeat(9)).toString('base64')}"`)],
  ['an archive that is cut off', Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(30), Buffer.from(secret)])],
  ['UTF-16', Buffer.from(`\ufeffkey=${secret};`, 'utf16le')],
  ['UTF-16, the other way round', Buffer.from(`\ufeffkey=${secret};`, 'utf16le').swap16()],
  ['the name of a file in an archive', writeZip([entry(`${Buffer.from(secret).toString('hex')}.txt`, 'x')])],
])('a secret in %s is masked', (_, bytes) => {
  const cleaned = clean(bytes);
  expect(cleaned).not.toBeNull();
  expect(clean(cleaned as Buffer)).toBeNull();
  expect(holds(cleaned as Buffer)).toBe(false);
});

test('what has no secret in it stays as it is', () => {
  expect(clean(Buffer.from('Authorization: Bearer another-key-0000'))).toBeNull();
  expect(clean(writeZip([entry('a.txt', 'nothing')]))).toBeNull();
  expect(clean(gzipSync('nothing'))).toBeNull();
});

test('everything else in an archive is kept, byte by byte', () => {
  const [network, image] = readZip(clean(trace) as Buffer);
  expect(network).toMatchObject({ name: 'trace.network', modified: 0x5a21_0000 });
  expect(JSON.parse(network?.content.toString() ?? '')).toEqual({ name: 'Authorization', value: 'Bearer ***' });
  expect(image?.content).toEqual(Buffer.from([0x89, 0x50, 0xff, 0x00, 0xfe]));
});

test('UTF-16 stays UTF-16', () => {
  const text = (key: string) => Buffer.from(`\ufeffkey=${key};`, 'utf16le');
  expect(clean(text(secret))).toEqual(text('***'));
  expect(clean(text(secret).swap16())).toEqual(text('***').swap16());
});

test('gzip stays gzip', () => {
  expect(gunzipSync(clean(gzipSync(`key=${secret}&n=1`)) as Buffer).toString()).toBe('key=***&n=1');
});

test('a secret beyond ASCII is masked too', () => {
  const umlaut = 'schlüssel-für-später';
  const cleaned = cleaner([umlaut], redactor([umlaut])).clean(Buffer.from(`«${umlaut}»`));
  expect(cleaned?.toString()).toBe('«***»');
});

test('an archive that is damaged is no archive', () => {
  expect(() => readZip(trace.subarray(0, trace.length - 5))).toThrow('end');
  expect(isZip(Buffer.from('PK'))).toBe(false);
});
