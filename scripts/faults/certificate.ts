import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** Makes certificates that no tool would issue: expired, or for another name. DER as in RFC 5280, one level, self-signed. */

export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** A certificate for the address 127.0.0.1, or instead for a DNS name, valid between two moments (before 2050). */
export function selfSigned(options: {
  readonly dnsName?: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from('assay fault bed')))));
  const alternative =
    options.dnsName === undefined
      ? der(0x87, Buffer.from([127, 0, 0, 1]))
      : der(0x82, Buffer.from(options.dnsName, 'latin1'));
  const body = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    der(SEQUENCE, ECDSA_WITH_SHA256),
    name,
    der(SEQUENCE, der(UTC_TIME, utcTime(options.notBefore)), der(UTC_TIME, utcTime(options.notAfter))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, der(SEQUENCE, alternative))))),
  );
  const signature = sign('sha256', body, privateKey);
  const bytes = der(
    SEQUENCE,
    body,
    der(SEQUENCE, ECDSA_WITH_SHA256),
    der(BIT_STRING, Buffer.concat([Buffer.from([0]), signature])),
  );
  const lines = bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return {
    certPem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
/** 2.5.4.3, 1.2.840.10045.4.3.2 and 2.5.29.17. */
const COMMON_NAME = der(OBJECT_ID, Buffer.from('550403', 'hex'));
const ECDSA_WITH_SHA256 = der(OBJECT_ID, Buffer.from('2a8648ce3d040302', 'hex'));
const SUBJECT_ALT_NAME = der(OBJECT_ID, Buffer.from('551d11', 'hex'));

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** "YYMMDDHHMMSSZ". */
function utcTime(at: Date): Buffer {
  return Buffer.from(`${at.toISOString().replace(/\D/g, '').slice(2, 14)}Z`);
}
