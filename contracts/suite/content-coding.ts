import type { Buffer } from 'node:buffer';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/**
 * Undoes the Content-Encoding of a body. Who names no coding in Accept-Encoding accepts any (RFC 9110, section 12.5.3),
 * so a server may compress, and what is judged is what it means.
 */

const DECODERS: Readonly<Record<string, (bytes: Buffer, most: { maxOutputLength: number }) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  br: brotliDecompressSync,
  // "zlib" by the RFC; some servers send the bare stream.
  deflate: (bytes, most) => (isZlib(bytes) ? inflateSync(bytes, most) : inflateRawSync(bytes, most)),
};

export type Decoded =
  | { readonly kind: 'body'; readonly body: Buffer }
  /** It would be longer than it may be. */
  | { readonly kind: 'too-long' }
  /** It is not coded so. */
  | { readonly kind: 'damaged'; readonly why: string };

/** `codings`: the value of the header, "" for none. A body whose coding is not known stays as it is. */
export function decodeBody(bytes: Buffer, codings: string, maxBytes: number): Decoded {
  let body = bytes;
  if (body.length === 0) return { kind: 'body', body };
  const names = codings
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  // The last one was applied last.
  for (const name of names.reverse()) {
    const decode = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
    if (decode === undefined) return { kind: 'body', body };
    try {
      body = decode(body, { maxOutputLength: maxBytes });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ERR_BUFFER_TOO_LARGE') return { kind: 'too-long' };
      return { kind: 'damaged', why: `a body that is no ${name}: ${message}` };
    }
  }
  return { kind: 'body', body };
}

/** RFC 1950, section 2.2: method 8, and a check of the first two bytes. */
function isZlib(bytes: Buffer): boolean {
  return ((bytes[0] ?? 0) & 0x0f) === 8 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0;
}
