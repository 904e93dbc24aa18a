import type { Json, Operation } from '../lib/operation.ts';
import { UserError } from '../lib/user-error.ts';
import type { RecordedResponse } from './drift.ts';
import { isObject } from './json-value.ts';

/**
 * Reads recorded responses: a HAR file, or lines of JSON, each `{ "status": 201, "body": … }` with an optional
 * `method` and `url`. Of a HAR, and of lines that say where they come from, those of `operation` are taken.
 */
export function parseRecordedResponses(
  text: string,
  file: string,
  operation: Pick<Operation, 'method' | 'path'>,
): RecordedResponse[] {
  const plain = text.replace(/^\uFEFF/, '');
  const whole = parsedOrNull(plain);
  if (isObject(whole) && isObject(whole['log'])) return harResponses(whole['log'], operation);
  const problems: string[] = [];
  const responses = plain.split('\n').flatMap((line, index): RecordedResponse[] => {
    if (line.trim() === '') return [];
    const entry = parsedOrNull(line);
    if (!isObject(entry) || typeof entry['status'] !== 'number' || !Object.hasOwn(entry, 'body')) {
      problems.push(`line ${index + 1} is no object with "status" and "body"`);
      return [];
    }
    const { status, body, method, url } = entry;
    return isOf(operation, method, url) ? [{ status: Number(status), body: body as Json }] : [];
  });
  if (problems.length > 0 || plain.trim() === '') {
    throw new UserError(`${file} holds no recorded responses`, {
      why: problems.slice(0, 5).join('; ') || 'it is empty',
      fix: 'give a HAR file, or lines such as {"status":201,"body":{…}}',
    });
  }
  return responses;
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function harResponses(
  log: { readonly [key: string]: unknown },
  operation: Pick<Operation, 'method' | 'path'>,
): RecordedResponse[] {
  const entries = Array.isArray(log['entries']) ? log['entries'] : [];
  return entries.flatMap((entry: unknown): RecordedResponse[] => {
    if (!isObject(entry) || !isObject(entry['request']) || !isObject(entry['response'])) return [];
    const { request, response } = entry;
    if (!isOf(operation, request['method'], request['url'])) return [];
    const content = isObject(response['content']) ? response['content'] : {};
    const text = typeof content['text'] === 'string' ? content['text'] : '';
    const body = parsedOrNull(content['encoding'] === 'base64' ? decodedBase64(text) : text);
    return body === null && text.trim() !== 'null' ? [] : [{ status: Number(response['status']), body: body as Json }];
  });
}

function decodedBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}

/** Is this a call of the operation? A part that was not recorded does not speak against it. */
function isOf(operation: Pick<Operation, 'method' | 'path'>, method: unknown, url: unknown): boolean {
  if (typeof method === 'string' && method.toUpperCase() !== operation.method) return false;
  if (typeof url !== 'string') return true;
  const path = (url.replace(/^[a-z]+:\/\/[^/]*/i, '').split(/[?#]/)[0] ?? '').replace(/\/+$/, '');
  const shape = operation.path
    .split('/')
    .map((part) => (/^\{.*\}$|^:/.test(part) ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('/');
  return new RegExp(`${shape}$`).test(path);
}
