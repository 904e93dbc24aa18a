/** What stands in place of a secret. */
export const MASK = '***';

/**
 * A function that masks each secret in a text, in the forms in which it may come back: plain, base64 (also of
 * "Bearer <key>", at each of the three alignments), URL-encoded, hexadecimal, reversed, and escaped in JSON, a JSON
 * pointer or HTML.
 * Secrets shorter than 6 characters are left alone: masking them would garble ordinary text.
 */
export function redactor(secrets: readonly (string | null | undefined)[]): (text: string) => string {
  let ordered: string[] | null = null;
  return (text) => {
    // At first use: in k6 each user has one, and most of them never mask anything.
    ordered ??= formsOf(secrets);
    let masked = text;
    for (const form of ordered) if (masked.includes(form)) masked = masked.replaceAll(form, MASK);
    return masked;
  };
}

/** The longest first: it may hold a shorter one. */
function formsOf(secrets: readonly (string | null | undefined)[]): string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret === null || secret === undefined || secret.length < 6) continue;
    for (const form of secretForms(secret)) forms.add(form);
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

/** The forms of a secret that a scan of written files must look for. Also runs inside k6, which knows no btoa. */
export function secretForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const twice = JSON.stringify(json).slice(1, -1);
  const url = encodeURIComponent(secret);
  const html = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  const hex = utf8(secret)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  return [
    ...new Set([
      ...[secret, url, url.replace(/%../g, (byte) => byte.toLowerCase()), html, html.replaceAll("'", '&#39;')],
      ...[json, json.replaceAll('/', '\\/'), twice],
      secret.replaceAll('~', '~0').replaceAll('/', '~1'),
      ...[hex, hex.toUpperCase(), [...secret].reverse().join('')],
      ...base64Forms(secret),
    ]),
  ].filter((form) => form.length >= 6);
}

/** The part of the base64 text that depends on the secret alone, for each alignment that it may have in a longer text. */
function base64Forms(secret: string): string[] {
  const bytes = utf8(secret);
  return [0, 1, 2].flatMap((lead) => {
    const padded = [...[0, 0].slice(0, lead), ...bytes];
    const from = Math.ceil((lead * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    const core = base64(padded).slice(from, to);
    return core.length < 8 ? [] : [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function utf8(text: string): number[] {
  return [...encodeURIComponent(text).matchAll(/%([0-9A-F]{2})|(.)/g)].map(([, hex, plain]) =>
    hex === undefined ? (plain ?? '').charCodeAt(0) : Number.parseInt(hex, 16),
  );
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Without padding. */
function base64(bytes: readonly number[]): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (const shift of [18, 12, 6, 0]) text += BASE64[(group >> shift) & 63];
  }
  return text.slice(0, Math.ceil((bytes.length * 8) / 6));
}
