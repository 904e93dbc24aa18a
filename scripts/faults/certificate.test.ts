import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { selfSigned } from './certificate.ts';

const dates = { notBefore: new Date('2020-01-02T03:04:05Z'), notAfter: new Date('2021-01-02T03:04:05Z') };

test('a certificate is one by the rules of OpenSSL, with the dates and the address that were asked for', () => {
  const { certPem } = selfSigned(dates);
  const certificate = new X509Certificate(certPem);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect([certificate.validFrom, certificate.validTo]).toEqual([
    'Jan  2 03:04:05 2020 GMT',
    'Jan  2 03:04:05 2021 GMT',
  ]);
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkHost('other.example')).toBeUndefined();
});

test('a certificate for another name is not one for this machine', () => {
  const certificate = new X509Certificate(selfSigned({ ...dates, dnsName: 'other.example' }).certPem);
  expect(certificate.checkHost('other.example')).toBe('other.example');
  expect(certificate.checkIP('127.0.0.1')).toBeUndefined();
});
