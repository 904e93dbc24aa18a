import type { AssumptionName } from './assumptions.ts';
import type { Workbench } from './bench.ts';
import type { Case, CaseRequest } from './case.ts';

const MEGABYTE = 1024 * 1024;
const LEVELS = 1000;

/** Bodies that are no JSON, or JSON that parsers treat differently, and content types other than plain application/json. */
export function bodyCases(bench: Workbench): Case[] {
  if (!bench.hasBody) return [];
  const { roles } = bench;
  const { full } = bench.base;
  const text = JSON.stringify(full);
  const isObject = typeof full === 'object' && full !== null && !Array.isArray(full);
  const cases: Case[] = [];
  const common = { isAuthorized: true, breaks: null } as const;

  const malformed = (id: string, words: string, body: string | Uint8Array | null, more: Partial<CaseRequest> = {}) =>
    cases.push({
      ...common,
      id: `body.${id}`,
      title: `rejects ${words}`,
      group: 'body',
      tags: ['@negative'],
      rule: {
        name: 'the body is one JSON text',
        source: `RFC 8259, section 2; ${bench.source(`${bench.contract.operation.request.schema}#`, 'request')}`,
      },
      requests: [bench.request(body, more)],
      expectation: bench.rejectedAs(roles.invalid, null),
    });
  const odd = (
    id: string,
    words: string,
    assumption: AssumptionName,
    request: CaseRequest,
    group: 'body' | 'content-type' = 'body',
    rejected: readonly number[] = roles.invalid,
  ) =>
    cases.push({
      ...common,
      id: `${group}.${id}`,
      title: `answers ${words} as documented`,
      group,
      tags: ['@negative'],
      ...bench.assumed(assumption, rejected),
      requests: [request],
    });
  const whole = (body: string, more: Partial<CaseRequest> = {}) => bench.request(body, { document: full, ...more });

  malformed('empty', 'an empty body', '');
  malformed('absent', 'a request without body and content type', null, { headers: bench.headers });
  malformed('space', 'a body of spaces', '  \r\n');
  // A Buffer, so that no client on the way encodes it once more as a string.
  malformed('truncated', 'a truncated body', new TextEncoder().encode(text.slice(0, Math.max(1, text.length - 2))));
  malformed('text-after', 'a second JSON text after the first', `${text}${text}`);
  malformed('nul', 'a NUL between the tokens', `${text.slice(0, 1)}\u0000${text.slice(1)}`);
  if (isObject) {
    malformed('trailing-comma', 'a trailing comma', `${text.slice(0, -1)},}`);
    malformed('single-quotes', 'names in single quotes', text.replaceAll('"', "'"));
    malformed('not-a-number', 'NaN as a value', `${text.slice(0, -1)},"assayUnknown":NaN}`);
  }

  odd('byte-order-mark', 'a byte order mark', 'byte-order-mark', whole(`\uFEFF${text}`));
  odd(
    'large',
    'a body of one megabyte',
    'large-body',
    whole(`${text.slice(0, -1)}${' '.repeat(Math.max(0, MEGABYTE - text.length))}${text.slice(-1)}`),
  );
  if (isObject) {
    const [name = '', value] = Object.entries(full)[0] ?? [];
    const again = `${text.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`;
    odd('duplicate-names', 'a name twice with the same value', 'duplicate-names', bench.request(again));
    const bytes = new TextEncoder().encode(`${text.slice(0, -1)},"assayUnknown":"?"}`);
    bytes[bytes.length - 3] = 0xff;
    odd('invalid-utf8', 'bytes that are no UTF-8', 'invalid-utf8', bench.request(bytes));
    odd(
      'deep',
      `${LEVELS.toLocaleString('en')} levels of nesting`,
      'deep-body',
      bench.request(`${text.slice(0, -1)},"assayUnknown":${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}}`),
    );
    odd(
      'nul-escape',
      'an escaped NUL in an unknown field',
      'extra-fields',
      bench.request(`${text.slice(0, -1)},"assayUnknown":"\\u0000"}`),
    );
  }

  const typed = (contentType: string): Partial<CaseRequest> => ({
    headers: [...bench.headers, ['Content-Type', contentType]],
  });
  const refused = [...roles.invalid, 415];
  odd(
    'charset-utf8',
    'the charset utf-8',
    'content-type-parameter',
    whole(text, typed('application/json; charset=utf-8')),
    'content-type',
    refused,
  );
  odd(
    'upper-case',
    'APPLICATION/JSON',
    'content-type-parameter',
    whole(text, typed('APPLICATION/JSON')),
    'content-type',
    refused,
  );
  odd(
    'charset-latin1',
    'the charset iso-8859-1',
    'other-content-type',
    whole(text, typed('application/json; charset=iso-8859-1')),
    'content-type',
    refused,
  );
  odd(
    'charset-unknown',
    'a charset that there is not',
    'other-content-type',
    whole(text, typed('application/json; charset=none-such')),
    'content-type',
    refused,
  );
  odd(
    'missing',
    'a JSON body without a content type',
    'missing-content-type',
    whole(text, { headers: bench.headers }),
    'content-type',
    refused,
  );
  odd('empty', 'an empty content type', 'missing-content-type', whole(text, typed('')), 'content-type', refused);
  odd('text', 'text/plain', 'other-content-type', whole(text, typed('text/plain')), 'content-type', refused);
  odd('xml', 'application/xml', 'other-content-type', whole(text, typed('application/xml')), 'content-type', refused);
  odd(
    'malformed',
    'a content type that is none',
    'other-content-type',
    whole(text, typed('json')),
    'content-type',
    refused,
  );
  odd(
    'problem',
    'application/problem+json',
    'other-content-type',
    whole(text, typed('application/problem+json')),
    'content-type',
    refused,
  );
  if (isObject)
    odd(
      'form',
      'a form',
      'other-content-type',
      bench.request(formOf(full), typed('application/x-www-form-urlencoded')),
      'content-type',
      refused,
    );
  return cases;
}

function formOf(body: { [name: string]: unknown }): string {
  return Object.entries(body)
    .map(
      ([name, value]) =>
        `${encodeURIComponent(name)}=${encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : String(value))}`,
    )
    .join('&');
}
