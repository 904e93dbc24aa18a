import { gunzipSync, gzipSync } from 'node:zlib';
import { MASK, secretForms } from '../../contracts/lib/redact.ts';
import { isZip, readZip, writeZip } from './zip.ts';

/**
 * Takes secrets out of bytes, whatever wraps them: plain text, ZIP and gzip archives, and archives in base64 as
 * Playwright's HTML report has one, or any other base64. What has no secret in it stays as it is, to the byte. Pure.
 */
export interface Cleaner {
  /** The same without secrets; null where there is none in it. */
  clean(bytes: Buffer): Buffer | null;
}

/** Archives in archives are looked into so deep. */
const DEEPEST = 4;
/** Text that may be base64, and long enough to have a secret in it. */
const BASE64 = /[A-Za-z0-9+/]{16,}={0,2}/g;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);
const MOST_BYTES = 512 * 1024 * 1024;

/** As many stars as the mask has, in the byte order of the form. */
function wideMask(form: string): string {
  const isLittle = form.charCodeAt(1) === 0;
  return [...MASK].map((star) => (isLittle ? `${star}\0` : `\0${star}`)).join('');
}

/** `redact` masks the secrets in a text; `secrets` are those themselves. */
export function cleaner(secrets: readonly string[], redact: (text: string) => string): Cleaner {
  const forms = secrets
    .filter((secret) => secret.length >= 6)
    .flatMap(secretForms)
    .map((form) => Buffer.from(form, 'utf8'));
  const isIn = (bytes: Buffer) => forms.some((form) => bytes.includes(form));
  /** UTF-16, of either byte order, as some tools of Windows write it. */
  const wide = secrets
    .filter((secret) => secret.length >= 6)
    .flatMap((secret) => [Buffer.from(secret, 'utf16le'), Buffer.from(secret, 'utf16le').swap16()])
    .map((form) => form.toString('latin1'));

  const clean = (bytes: Buffer, depth: number): Buffer | null => {
    if (depth > DEEPEST || forms.length === 0) return null;
    if (isZip(bytes)) return orAsText(bytes, () => cleanZip(bytes, depth));
    if (bytes.subarray(0, 3).equals(GZIP_MAGIC)) {
      return orAsText(bytes, () => {
        const unpacked = clean(gunzipSync(bytes, { maxOutputLength: MOST_BYTES }), depth + 1);
        return unpacked && gzipSync(unpacked);
      });
    }
    return cleanText(bytes, depth);
  };
  const orAsText = (bytes: Buffer, unpack: () => Buffer | null): Buffer | null => {
    try {
      return unpack();
    } catch {
      // Damaged, or no archive after all.
      return cleanText(bytes, DEEPEST);
    }
  };
  const cleanZip = (bytes: Buffer, depth: number): Buffer | null => {
    let isChanged = false;
    const entries = readZip(bytes).map((entry) => {
      const name = redact(entry.name);
      const content = clean(entry.content, depth + 1);
      if (name === entry.name && content === null) return entry;
      isChanged = true;
      return { ...entry, name, content: content ?? entry.content };
    });
    return isChanged ? writeZip(entries) : null;
  };
  const cleanText = (bytes: Buffer, depth: number): Buffer | null => {
    const hasPlain = isIn(bytes);
    // Byte by byte, so that what is no text stays as it is.
    const text = bytes.toString('latin1');
    const narrow = wide.reduce((left, form) => left.replaceAll(form, wideMask(form)), text);
    const unwrapped =
      depth >= DEEPEST
        ? narrow
        : narrow.replace(BASE64, (wrapped) => {
            const cleaned = clean(Buffer.from(wrapped, 'base64'), depth + 1);
            return cleaned === null ? wrapped : cleaned.toString('base64');
          });
    const masked = hasPlain ? redact(unwrapped) : unwrapped;
    if (masked !== text) return Buffer.from(masked, 'latin1');
    if (!hasPlain) return null;
    // A secret beyond ASCII is no text of single bytes.
    return Buffer.from(redact(bytes.toString('utf8')), 'utf8');
  };
  return { clean: (bytes) => clean(bytes, 0) };
}
