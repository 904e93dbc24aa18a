/** What stands in place of a secret. */
export const MASK = '***';

/**
 * A function that masks each secret in a text, in the forms in which it may come back: plain, base64 (also of
 * "Bearer <key>", at each of the three alignments), URL-encoded, and escaped in JSON or HTML.
 * Secrets shorter than 6 characters are left alone: masking them would garble ordinary text.
 */
export function redactor(secrets: readonly (string | null | undefined)[]): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret === null || secret === undefined || secret.length < 6) continue;
    for (const form of secretForms(secret)) forms.add(form);
  }
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (text) => {
    let masked = text;
    for (const form of ordered) if (masked.includes(form)) masked = masked.replaceAll(form, MASK);
    return masked;
  };
}

/** The forms of a secret that a scan of written files must look for. */
export function secretForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const html = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  return [
    ...new Set([secret, encodeURIComponent(secret), json, json.replaceAll('/', '\\/'), html, ...base64Forms(secret)]),
  ].filter((form) => form.length >= 6);
}

/** The part of the base64 text that depends on the secret alone, for each alignment that it may have in a longer text. */
function base64Forms(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].flatMap((lead) => {
    const padded = new Uint8Array([...new Uint8Array(lead), ...bytes]);
    const text = btoa(String.fromCharCode(...padded));
    const from = Math.ceil((lead * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    const core = text.slice(from, to);
    return core.length < 8 ? [] : [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
