import { gzipSync } from 'node:zlib';
import { type Answer, bytesOf } from '../behaviour.ts';
import type { Defect } from '../variants.ts';
import { on, onEach, sampleSuccess, withBytes, withoutHeader } from './helpers.ts';

const textOf = (answer: Answer) => Buffer.from(bytesOf(answer)).toString('utf8');
const asText = (answer: Answer, change: (text: string) => string) => withBytes(answer, change(textOf(answer)));

/** The bytes with some put in right after the opening quotation mark of the first text that is a value. */
function insertedInText(answer: Answer, more: readonly number[]): Answer {
  const bytes = Buffer.from(bytesOf(answer));
  const at = bytes.indexOf(':"');
  return at < 0
    ? answer
    : withBytes(answer, Buffer.concat([bytes.subarray(0, at + 2), Buffer.from(more), bytes.subarray(at + 2)]));
}

const json = 'the body is one JSON text';
const type = 'the content type says JSON';
const answered = 'each request is answered in full and in time';

const ROWS: readonly (Omit<Defect, 'group' | 'make'> & { change: (answer: Answer) => Answer })[] = [
  {
    id: 'type-html',
    title: 'sends the success as text/html',
    breaks: type,
    change: (answer) => ({ ...answer, headers: { ...answer.headers, 'Content-Type': 'text/html; charset=UTF-8' } }),
  },
  {
    id: 'type-text',
    title: 'sends the success as text/plain',
    breaks: type,
    change: (answer) => ({ ...answer, headers: { ...answer.headers, 'Content-Type': 'text/plain' } }),
  },
  {
    id: 'type-missing',
    title: 'sends the success without a content type',
    breaks: type,
    change: (answer) => withoutHeader(answer, 'Content-Type'),
  },
  {
    id: 'duplicate-name',
    title: 'sends a name twice in the body',
    breaks: 'no name occurs twice in one object',
    change: (answer) => asText(answer, (text) => text.replace(/^\{("(?:[^"\\]|\\.)*"):/, '{$1:null,$1:')),
  },
  {
    id: 'duplicate-name-inside',
    title: 'sends a name twice in an inner object',
    breaks: 'no name occurs twice in one object',
    isIn: (contract) => JSON.stringify(sampleSuccess(contract)).includes(':{"'),
    change: (answer) => asText(answer, (text) => text.replace(/:\{("(?:[^"\\]|\\.)*"):/, ':{$1:null,$1:')),
  },
  {
    id: 'body-cut',
    title: 'sends JSON that ends too early',
    breaks: json,
    change: (answer) => asText(answer, (text) => text.slice(0, -7)),
  },
  {
    id: 'body-empty',
    title: 'sends the success with an empty body',
    breaks: json,
    change: (answer) => withBytes(answer, ''),
  },
  {
    id: 'body-html',
    title: 'sends an HTML page with the success status as JSON',
    breaks: json,
    change: (answer) => withBytes(answer, '<!DOCTYPE html><html><body>OK</body></html>'),
  },
  {
    id: 'body-warning-before',
    title: 'sends a PHP warning before the JSON',
    breaks: json,
    change: (answer) =>
      asText(
        answer,
        (text) => `<br />\n<b>Warning</b>: Undefined array key "a" in <b>/app/Chat.php</b> on line 12<br />\n${text}`,
      ),
  },
  {
    id: 'body-text-behind',
    title: 'sends text behind the JSON',
    breaks: json,
    change: (answer) => asText(answer, (text) => `${text}\n<!-- 12 ms -->`),
  },
  {
    id: 'body-twice',
    title: 'sends the JSON twice',
    breaks: json,
    change: (answer) => asText(answer, (text) => text + text),
  },
  {
    id: 'body-bom',
    title: 'sends a byte order mark before the JSON',
    breaks: 'JSON is sent without a byte order mark (RFC 8259)',
    change: (answer) => asText(answer, (text) => `\ufeff${text}`),
  },
  {
    id: 'body-nan',
    title: 'sends NaN',
    breaks: json,
    change: (answer) => asText(answer, (text) => text.replace(/:null|:\d+/, ':NaN')),
  },
  {
    id: 'body-trailing-comma',
    title: 'sends a trailing comma',
    breaks: json,
    change: (answer) => asText(answer, (text) => text.replace(/\}$/, ',}')),
  },
  {
    id: 'body-single-quotes',
    title: 'sends single quotes',
    breaks: json,
    change: (answer) => asText(answer, (text) => text.replaceAll('"', "'")),
  },
  {
    id: 'body-jsonp',
    title: 'wraps the JSON in a call (JSONP)',
    breaks: json,
    change: (answer) => asText(answer, (text) => `callback(${text});`),
  },
  {
    id: 'body-text-of-json',
    title: 'sends the JSON as a text in JSON (encoded twice)',
    breaks: 'the shape of the body',
    change: (answer) => asText(answer, (text) => JSON.stringify(text)),
  },
  {
    id: 'body-not-utf8',
    title: 'sends bytes that are no UTF-8',
    breaks: 'JSON is UTF-8 (RFC 8259)',
    isIn: hasText,
    change: (answer) => insertedInText(answer, [0xff, 0xfe]),
  },
  {
    id: 'body-latin1',
    title: 'sends a name in Latin-1',
    breaks: 'JSON is UTF-8 (RFC 8259)',
    isIn: hasText,
    change: (answer) => insertedInText(answer, [0x4a, 0xf6, 0x72, 0x67]),
  },
  {
    id: 'body-control-character',
    title: 'sends a raw line break inside a text',
    breaks: json,
    isIn: hasText,
    change: (answer) => insertedInText(answer, [0x0a]),
  },
  {
    id: 'body-utf16',
    title: 'sends UTF-16',
    breaks: 'JSON is UTF-8 (RFC 8259)',
    change: (answer) => withBytes(answer, Buffer.from(textOf(answer), 'utf16le')),
  },
  {
    id: 'gzip-unlabelled',
    title: 'sends gzip without saying so',
    breaks: json,
    change: (answer) => withBytes(answer, gzipSync(bytesOf(answer))),
  },
  {
    id: 'connection-cut',
    title: 'ends the connection in the middle of the body',
    breaks: answered,
    change: (answer) => ({ ...answer, delivery: 'cut' }),
  },
  {
    id: 'connection-stall',
    title: 'stops in the middle of the body and keeps the connection open',
    breaks: answered,
    change: (answer) => ({ ...answer, delivery: 'stall' }),
  },
  {
    id: 'hang',
    title: 'never answers a valid request',
    breaks: answered,
    change: (answer) => ({ ...answer, delivery: 'hang' }),
  },
  {
    id: 'slow-minute',
    title: 'answers a valid request after a minute',
    breaks: answered,
    change: (answer) => ({ ...answer, delayMs: 60_000 }),
  },
  {
    id: 'not-http',
    title: 'answers something that is no HTTP',
    breaks: answered,
    change: (answer) => ({ ...withBytes(answer, 'SSH-2.0-OpenSSH_9.6\r\n'), delivery: 'raw' }),
  },
  {
    id: 'header-broken',
    title: 'sends a header with a line break and a space in its name',
    breaks: answered,
    change: (answer) => ({
      ...withBytes(answer, `HTTP/1.1 ${answer.status} Created\r\nBad Header\r\n: x\r\nContent-Length: 2\r\n\r\n{}`),
      delivery: 'raw',
    }),
  },
  {
    id: 'length-too-short',
    title: 'says a Content-Length that is too short',
    breaks: json,
    change: (answer) => {
      const bytes = bytesOf(answer);
      const head = `HTTP/1.1 ${answer.status} OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${bytes.length - 9}\r\n\r\n`;
      return { ...withBytes(answer, Buffer.concat([Buffer.from(head), bytes])), delivery: 'raw' };
    },
  },
];

function hasText(contract: Parameters<typeof sampleSuccess>[0]): boolean {
  return JSON.stringify(sampleSuccess(contract)).includes(':"');
}

/** Successes that come in the wrong bytes, in part, late or not at all. */
export const TRANSPORT_DEFECTS: readonly Defect[] = [
  ...ROWS.map(
    ({ change, ...row }): Defect => ({
      ...row,
      group: 'transport',
      make: () => on('created', (answer) => change(answer)),
    }),
  ),
  {
    id: 'reset-sometimes',
    title: 'resets the connection at each fourth valid request',
    group: 'transport',
    breaks: answered,
    make: () => onEach(4, 'created', (answer) => ({ ...answer, delivery: 'reset' })),
  },
  {
    id: 'hang-sometimes',
    title: 'never answers each sixth valid request',
    group: 'transport',
    breaks: answered,
    make: () => onEach(6, 'created', (answer) => ({ ...answer, delivery: 'hang' })),
  },
];
