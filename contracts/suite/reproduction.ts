import { type Case, type CaseRequest, textForShell } from '../cases/case.ts';
import type { Violation } from '../judge/violation.ts';

/** Longest body that is shown in full. */
const LONGEST_BODY = 2000;

/** The request as a line for bash, with the key as $ASSAY_API_KEY. */
export function curlLine(request: CaseRequest, baseUrl: string): string {
  const query = request.query === null ? '' : `?${request.query.name}=${textForShell(request.query.value)}`;
  const parts = [
    'curl -sS -i',
    ...(request.method === 'HEAD' ? ['--head'] : ['-X', request.method]),
    `"${baseUrl}${request.path}${query}"`,
  ];
  for (const [name, value] of request.headers)
    parts.push('-H', value === '' ? `"${name};"` : `"${name}: ${textForShell(value)}"`);
  if (request.body === null) {
    if (!['GET', 'HEAD', 'OPTIONS', 'DELETE'].includes(request.method)) parts.push('-H', '"Content-Length: 0"');
    return parts.join(' ');
  }
  if (!request.headers.some(([name]) => name.toLowerCase() === 'content-type')) parts.push('-H', '"Content-Type:"');
  const size = request.body.length;
  if (size > LONGEST_BODY)
    return `${parts.join(' ')} --data-binary @body   # ${size.toLocaleString('en')} bytes; run the case alone to send it`;
  if (typeof request.body === 'string' && /^[\x20-\x26\x28-\x7e\n]*$/.test(request.body))
    return `${parts.join(' ')} --data-raw '${request.body}'`;
  return `printf '${printfText(request.body)}' | ${parts.join(' ')} --data-binary @-`;
}

/** Bytes for printf in bash, as octal escapes where they are no plain ASCII. */
function printfText(body: string | Uint8Array): string {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return [...bytes]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && !"'\\%".includes(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : byte === 0x25
          ? '%%'
          : `\\${byte.toString(8).padStart(3, '0')}`,
    )
    .join('');
}

/** The command that runs one case alone. */
export function rerunLine(id: string): string {
  return `npx assay contract --grep '\\[${id.replaceAll('.', '\\.')}\\]'`;
}

/** What a broken case says: which promise broke, where it is written, field, expected, received, how to see it again. */
export function failureText(one: Pick<Case, 'id' | 'title'>, violations: readonly Violation[], curl: string): string {
  const [first, ...others] = violations;
  if (first === undefined) return one.title;
  const lines = [
    `${first.rule}: expected ${first.expected}${first.pointer === null ? '' : ` at ${first.pointer === '' ? 'the top' : first.pointer}`}, received ${first.received}`,
    `  rule      ${first.rule}, written in ${first.source}`,
    ...(first.pointer === null ? [] : [`  field     ${first.pointer === '' ? '(the whole body)' : first.pointer}`]),
    `  expected  ${first.expected}`,
    `  received  ${first.received}`,
    ...others.map(
      (violation) =>
        `  also      ${violation.rule}${violation.pointer === null ? '' : ` at ${violation.pointer || 'the top'}`}: expected ${violation.expected}, received ${violation.received}`,
    ),
    `  request   ${curl}`,
    `  alone     ${rerunLine(one.id)}`,
  ];
  return lines.join('\n');
}
