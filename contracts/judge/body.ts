import { type Answer, headerOf } from './answer.ts';
import { type JsonText, parseJsonText } from './json-text.ts';
import type { Violation } from './violation.ts';

const JSON_SOURCE = 'RFC 8259';

/** Content type, UTF-8, one JSON text, no name twice. `json` is null where the body is none. */
export function readJsonBody(answer: Answer): { json: JsonText | null; violations: Violation[] } {
  const violations: Violation[] = [...contentTypeViolations(answer)];
  const add = (rule: string, expected: string, received: string, source: string, pointer: string | null = null) =>
    violations.push({ rule, pointer, expected, received, source });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(answer.body);
  } catch {
    add(
      'body.encoding',
      'a body in UTF-8',
      `bytes that are no UTF-8: ${beginning(answer.body)}`,
      `${JSON_SOURCE}, section 8.1`,
    );
    return { json: null, violations };
  }
  if (text.startsWith('\uFEFF')) {
    add(
      'body.byte-order-mark',
      'a JSON text without a byte order mark',
      'a byte order mark',
      `${JSON_SOURCE}, section 8.1`,
    );
    text = text.slice(1);
  }
  try {
    const json = parseJsonText(text);
    for (const pointer of json.duplicates)
      add('body.duplicate-name', 'each name once', 'the name twice', `${JSON_SOURCE}, section 4`, pointer);
    return { json, violations };
  } catch (error) {
    const received =
      answer.body.length === 0 ? 'an empty body' : `${(error as Error).message}: ${beginning(answer.body)}`;
    add('body.json', 'a JSON text', received, `${JSON_SOURCE}, section 2`);
    return { json: null, violations };
  }
}

/** The first bytes of a body, as text. */
export function beginning(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, 120)).replace(/\s+/g, ' ');
  return `${JSON.stringify(text)}${body.length > 120 ? '…' : ''}`;
}

function contentTypeViolations(answer: Answer): Violation[] {
  const given = headerOf(answer, 'content-type');
  const wrong = (expected: string, received: string, source: string): Violation[] => [
    { rule: 'content-type', pointer: null, expected, received, source },
  ];
  if (given === undefined || given.trim() === '')
    return wrong('application/json', 'no content type', 'RFC 9110, section 8.3');
  const [media = '', ...parameters] = given.split(';').map((part) => part.trim().toLowerCase());
  if (media !== 'application/json' && !/^application\/[a-z0-9.+-]+\+json$/.test(media))
    return wrong('application/json', given, 'the contract: every answer is JSON');
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replace(/^"|"$/g, '');
  const isAscii = answer.body.every((byte) => byte < 0x80);
  const isUtf8 = charset === undefined || charset === 'utf-8' || charset === 'utf8';
  const readsAscii = isUtf8 || !/^(utf-?16|utf-?32|ucs|ebcdic|ibm)/.test(charset);
  if (!isUtf8 && !(isAscii && readsAscii)) return wrong('the charset utf-8', given, 'RFC 8259, section 8.1');
  return [];
}
