import type { Contract } from '../../../contracts/lib/contract.ts';
import type { Json } from '../../../contracts/lib/operation.ts';
import { valueAt, withoutValueAt, withValueAt } from '../../../contracts/lib/pointer.ts';
import type { Answer, AnswerKind, Exchange, Workshop } from '../behaviour.ts';
import type { Defect } from '../variants.ts';
import {
  edit,
  hasBearer,
  hasCode,
  hasFieldEntries,
  hasMessage,
  html,
  on,
  requestFields,
  withBytes,
  withoutHeader,
} from './helpers.ts';

interface ErrorKind {
  readonly kind: AnswerKind;
  readonly status: number;
  readonly name: string;
  readonly isIn: (contract: Contract) => boolean;
}

const INVALID: ErrorKind = {
  kind: 'invalid',
  status: 400,
  name: '400',
  isIn: ({ operation }) => '400' in operation.responses,
};
const UNAUTHORIZED: ErrorKind = { kind: 'unauthorized', status: 401, name: '401', isIn: hasBearer };

/** Rows that apply to the 400 and to the 401 alike. */
const BOTH: readonly {
  id: string;
  title: string;
  breaks: string;
  isIn?: (contract: Contract) => boolean;
  change: (answer: Answer, workshop: Workshop, exchange: Exchange) => Answer;
}[] = [
  {
    id: 'empty-body',
    title: 'with an empty body',
    breaks: 'each error comes in the envelope',
    change: (answer) => withBytes(answer, ''),
  },
  {
    id: 'html',
    title: 'as an HTML page',
    breaks: 'each error comes in the envelope',
    change: (answer) => html(answer, 'Error'),
  },
  {
    id: 'wrong-type',
    title: 'as text/html although it is JSON',
    breaks: 'the content type says JSON',
    change: (answer) => ({ ...answer, headers: { ...answer.headers, 'Content-Type': 'text/html; charset=utf-8' } }),
  },
  {
    id: 'other-envelope',
    title: 'in another envelope, {"error": "…"}',
    breaks: 'each error comes in the envelope',
    isIn: refusesOtherEnvelope,
    change: (answer) => edit(answer, () => OTHER_ENVELOPE),
  },
  {
    id: 'no-entries',
    title: 'with an empty list of errors',
    breaks: 'the envelope has at least one entry',
    isIn: hasList,
    change: (answer, { envelopes }) => edit(answer, (body) => withValueAt(body, envelopes.listPointer ?? '', [])),
  },
  {
    id: 'list-as-object',
    title: 'with an object where the list of errors should be',
    breaks: 'the shape of the envelope',
    isIn: hasList,
    change: (answer, { envelopes }) =>
      edit(answer, (body) =>
        withValueAt(body, envelopes.listPointer ?? '', {
          ...((valueAt(body, envelopes.listPointer ?? '') as Json[]) ?? []),
        }),
      ),
  },
  {
    id: 'no-message',
    title: 'without a message',
    breaks: 'each entry has a message',
    isIn: (contract) => hasMessage(contract),
    change: (answer, { envelopes }) => edit(answer, (body) => withoutValueAt(body, envelopes.messagePointer ?? '/-')),
  },
  {
    id: 'code-number',
    title: 'with its status as a number for a code',
    breaks: 'the code is a text',
    isIn: hasCode,
    change: (answer, { envelopes }) =>
      edit(answer, (body) => withValueAt(body, envelopes.codePointer ?? '/-', answer.status)),
  },
  {
    id: 'wrong-code',
    title: 'with the code of something else',
    breaks: 'the documented code',
    isIn: hasCode,
    change: (answer, { envelopes }) =>
      edit(answer, (body) => withValueAt(body, envelopes.codePointer ?? '/-', 'something_went_wrong')),
  },
  {
    id: 'stack-trace',
    title: 'with a stack trace in its message',
    breaks: 'errors show nothing of the inside',
    isIn: hasMessage,
    change: (answer, { envelopes }) =>
      edit(answer, (body) =>
        withValueAt(
          body,
          envelopes.messagePointer ?? '/-',
          'TypeError: Cannot read properties of undefined\n    at ChatController.create (/srv/app/src/controllers/chat.js:42:17)\n    at Layer.handle (/srv/app/node_modules/express/lib/router/layer.js:95:5)',
        ),
      ),
  },
  {
    id: 'token-echo',
    title: 'with the token in its message',
    breaks: 'errors show no secret',
    isIn: (contract) => hasMessage(contract) && hasBearer(contract),
    change: (answer, { envelopes }, { credentials }) =>
      edit(answer, (body) =>
        withValueAt(
          body,
          envelopes.messagePointer ?? '/-',
          `Failed for ${(credentials.authorizations[0] ?? 'nobody').replace(/^Bearer /, '')}`,
        ),
      ),
  },
];

const OTHER_ENVELOPE: Json = { error: 'Request failed' };

function refusesOtherEnvelope(contract: Contract): boolean {
  const rule = contract.operation.responses['400'] ?? contract.operation.responses['401'];
  return rule !== undefined && !contract.validator(rule.schema)(OTHER_ENVELOPE);
}

function hasList(contract: Contract): boolean {
  return hasCode(contract) && hasFieldEntries(contract);
}

const both = [INVALID, UNAUTHORIZED].flatMap((error) =>
  BOTH.map(
    (row): Defect => ({
      id: `${error.name}-${row.id}`,
      title: `sends the ${error.name} ${row.title}`,
      group: 'envelope',
      breaks: row.breaks,
      isIn: (contract) => error.isIn(contract) && (row.isIn?.(contract) ?? true),
      make: (workshop) => on(error.kind, (answer, exchange) => row.change(answer, workshop, exchange)),
    }),
  ),
);

/** The list of entries of a 400, changed. */
function entries(workshop: Workshop, change: (list: Json[], exchange: Exchange) => Json[]) {
  const pointer = workshop.envelopes.listPointer ?? '';
  return on('invalid', (answer, exchange) =>
    edit(answer, (body) => {
      const list = valueAt(body, pointer);
      return Array.isArray(list) ? withValueAt(body, pointer, change(list, exchange)) : body;
    }),
  );
}

/** Adds an entry for a field that is not at fault. */
function innocentNamed(answer: Answer, exchange: Exchange, { contract, envelopes }: Workshop): Json | undefined {
  const faulty = exchange.badFields.map(({ path }) => path.split('.')[0]);
  const innocent = requestFields(contract).find(({ name }) => !faulty.includes(name));
  if (innocent === undefined || faulty.length === 0) return undefined;
  return envelopes.withEntry(answer.document ?? null, innocent.name, 'This value is not valid.');
}

const FIELD_ENTRIES: readonly Omit<Defect, 'group' | 'isIn'>[] = [
  {
    id: '400-without-field-entry',
    title: 'sends the 400 without an entry for the field at fault',
    breaks: 'a 400 names each bad field',
    make: (workshop) => entries(workshop, (list) => list.slice(0, 1)),
  },
  {
    id: '400-without-first-entry',
    title: 'sends the 400 without its first entry, fields alone',
    breaks: 'a 400 holds the documented code',
    make: (workshop) => entries(workshop, (list) => (list.length > 1 ? list.slice(1) : list)),
  },
  {
    id: '400-first-field-only',
    title: 'names the first of several bad fields alone',
    breaks: 'a 400 has one entry per bad field',
    make: (workshop) => entries(workshop, (list) => list.slice(0, 2)),
  },
  {
    id: '400-innocent-added',
    title: 'names an innocent field besides the one at fault',
    breaks: 'a 400 names no innocent field',
    make: (workshop) =>
      on('invalid', (answer, exchange) => edit(answer, (body) => innocentNamed(answer, exchange, workshop) ?? body)),
  },
  {
    id: '400-innocent-instead',
    title: 'names an innocent field instead of the one at fault',
    breaks: 'a 400 names each bad field',
    make: (workshop) => {
      const pointer = workshop.envelopes.listPointer ?? '';
      return on('invalid', (answer, exchange) =>
        edit(answer, (body) => {
          const more = valueAt(innocentNamed(answer, exchange, workshop), pointer);
          return Array.isArray(more) ? withValueAt(body, pointer, [more[0] ?? null, more.at(-1) ?? null]) : body;
        }),
      );
    },
  },
  {
    id: '400-field-misnamed',
    title: 'names the field at fault by another name (with _id after it)',
    breaks: "the code of an entry is the field's path",
    make: (workshop) =>
      entries(workshop, (list) => list.map((entry, index) => (index === 0 ? entry : withCode(workshop, entry, '_id')))),
  },
  {
    id: '400-field-entry-without-code',
    title: 'sends field entries without a code',
    breaks: 'each entry has a code',
    make: (workshop) =>
      entries(workshop, (list) => list.map((entry, index) => (index === 0 ? entry : withCode(workshop, entry, null)))),
  },
];

/** An entry with its code lengthened, or taken away. */
function withCode({ envelopes }: Workshop, entry: Json, suffix: string | null): Json {
  const pointer = (envelopes.codePointer ?? '').replace(`${envelopes.listPointer ?? ''}/0`, '');
  return suffix === null
    ? withoutValueAt(entry, pointer)
    : withValueAt(entry, pointer, `${String(valueAt(entry, pointer))}${suffix}`);
}

const UNAUTHORIZED_ONLY: readonly Omit<Defect, 'group' | 'breaks' | 'isIn'>[] = [
  ...[200, 302, 400, 403, 404, 407, 500].map((status) => ({
    id: `401-as-${status}`,
    title: `answers ${status} to a wrong key`,
    make: () =>
      on('unauthorized', (answer: Answer) => ({
        ...answer,
        status,
        headers: status === 302 ? { ...answer.headers, Location: '/login' } : answer.headers,
      })),
  })),
  {
    id: '401-missing-as-500',
    title: 'answers 500 where the Authorization header is missing',
    make: ({ envelopes }: Workshop) =>
      on('unauthorized', (answer, { credentials }) =>
        credentials.authorizations.length > 0 ? answer : { ...answer, status: 500, document: envelopes.make(500) },
      ),
  },
  {
    id: '401-malformed-as-400',
    title: 'answers 400 where the Authorization header is malformed',
    make: ({ envelopes }: Workshop) =>
      on('unauthorized', (answer, { credentials: { authorizations } }) =>
        authorizations.length === 0 || /^Bearer \S+$/.test(authorizations[0] ?? '')
          ? answer
          : { ...answer, status: 400, document: envelopes.make(400) },
      ),
  },
  {
    id: '401-long-as-500',
    title: 'answers 500 to a very long token',
    make: ({ envelopes }: Workshop) =>
      on('unauthorized', (answer, { credentials: { authorizations } }) =>
        (authorizations[0]?.length ?? 0) < 1000 ? answer : { ...answer, status: 500, document: envelopes.make(500) },
      ),
  },
];

/** Errors in the wrong form. */
export const ENVELOPE_DEFECTS: readonly Defect[] = [
  ...both,
  ...FIELD_ENTRIES.map((row): Defect => ({ ...row, group: 'envelope', isIn: hasFieldEntries })),
  ...UNAUTHORIZED_ONLY.map(
    (row): Defect => ({ ...row, group: 'envelope', breaks: 'a refused token is a 401', isIn: hasBearer }),
  ),
  {
    id: '400-without-type',
    title: 'sends the 400 without a content type',
    group: 'envelope',
    breaks: 'the content type says JSON',
    isIn: INVALID.isIn,
    make: () => on('invalid', (answer) => withoutHeader(answer, 'Content-Type')),
  },
];
