import type { Contract } from '../../../contracts/lib/contract.ts';
import type { Json } from '../../../contracts/lib/operation.ts';
import { valueAt } from '../../../contracts/lib/pointer.ts';
import type { Defect } from '../variants.ts';
import {
  edit,
  isValidSuccess,
  type Mutation,
  mutated,
  namedPointers,
  on,
  pointersOf,
  sampleSuccess,
} from './helpers.ts';

interface ShapeRow {
  readonly id: string;
  readonly title: string;
  readonly breaks: string;
  /** Which places come into question; the first whose mutation the schema refuses is taken. */
  readonly at: (place: Place) => boolean;
  readonly mutate: Mutation;
}

interface Place {
  readonly pointer: string;
  readonly value: Json;
  readonly isTop: boolean;
  /** operation.json speaks of it: id, time, echo. */
  readonly isNamed: boolean;
  readonly isId: boolean;
  readonly isTime: boolean;
  readonly isEcho: boolean;
}

const isObject = (value: Json) => typeof value === 'object' && value !== null && !Array.isArray(value);

const ROWS: readonly ShapeRow[] = [
  {
    id: 'id-as-text',
    title: 'sends the id of the created thing as another JSON type',
    breaks: 'the type of the id',
    at: ({ isId }) => isId,
    mutate: (value) => (typeof value === 'number' ? String(value) : 17),
  },
  {
    id: 'id-null',
    title: 'sends null for the id',
    breaks: 'the id is never null',
    at: ({ isId }) => isId,
    mutate: () => null,
  },
  {
    id: 'id-missing',
    title: 'leaves the id out',
    breaks: 'the id is required',
    at: ({ isId }) => isId,
    mutate: () => undefined,
  },
  {
    id: 'id-fraction',
    title: 'sends an id with a fraction',
    breaks: 'the id is an integer',
    at: ({ isId, value }) => isId && typeof value === 'number',
    mutate: (value) => Number(value) + 0.5,
  },
  {
    id: 'time-as-number-text',
    title: 'sends the time of creation as another JSON type',
    breaks: 'the type of the time',
    at: ({ isTime }) => isTime,
    mutate: (value) => (typeof value === 'number' ? String(value) : 1_601_556_114),
  },
  {
    id: 'time-iso',
    title: 'sends the time of creation as a date text',
    breaks: 'times are Unix seconds',
    at: ({ isTime, value }) => isTime && typeof value === 'number',
    mutate: (value) => new Date(Number(value) * 1000).toISOString(),
  },
  {
    id: 'time-null',
    title: 'sends null for the time of creation',
    breaks: 'the time of creation is never null',
    at: ({ isTime }) => isTime,
    mutate: () => null,
  },
  {
    id: 'time-fraction',
    title: 'sends the time of creation with a fraction',
    breaks: 'times are whole seconds',
    at: ({ isTime, value }) => isTime && typeof value === 'number',
    mutate: (value) => Number(value) + 0.25,
  },
  {
    id: 'required-missing',
    title: 'leaves a required field out',
    breaks: 'required fields of the success',
    at: ({ isTop, isNamed }) => isTop && !isNamed,
    mutate: () => undefined,
  },
  {
    id: 'required-missing-when-null',
    title: 'leaves a required field out when it is null (a serializer that skips nulls)',
    breaks: 'required fields are there even when null',
    at: ({ value }) => value === null,
    mutate: () => undefined,
  },
  {
    id: 'nested-required-missing',
    title: 'leaves a required field of an inner object out',
    breaks: 'required fields of inner objects',
    at: ({ isTop, isNamed }) => !isTop && !isNamed,
    mutate: () => undefined,
  },
  {
    id: 'null-not-nullable',
    title: 'sends null in a field that is never null',
    breaks: 'which fields may be null',
    at: ({ isNamed, value }) => !isNamed && value !== null && !isObject(value) && !Array.isArray(value),
    mutate: () => null,
  },
  {
    id: 'enum-outside',
    title: 'sends a text that is not among the documented values',
    breaks: 'the documented values of a field',
    at: ({ isNamed, value }) => !isNamed && typeof value === 'string',
    mutate: (value) => `${String(value)}_v2`,
  },
  {
    id: 'nullable-enum-outside',
    title: 'sends an undocumented value where null would be right',
    breaks: 'the documented values of a field',
    at: ({ value }) => value === null,
    mutate: () => 'somewhat',
  },
  {
    id: 'false-for-null',
    title: 'sends false where null would be right',
    breaks: 'the type of a nullable field',
    at: ({ value }) => value === null,
    mutate: () => false,
  },
  {
    id: 'array-as-null',
    title: 'sends null for an empty list',
    breaks: 'a list is a list even when empty',
    at: ({ value }) => Array.isArray(value),
    mutate: () => null,
  },
  {
    id: 'array-as-object',
    title: 'sends an empty list as an object (PHP array)',
    breaks: 'a list is a list even when empty',
    at: ({ value }) => Array.isArray(value),
    mutate: () => ({}),
  },
  {
    id: 'array-items-broken',
    title: 'sends list items without their required fields',
    breaks: 'the shape of list items',
    at: ({ value }) => Array.isArray(value),
    mutate: () => [{}],
  },
  {
    id: 'object-as-id',
    title: 'sends the bare id instead of an inner object',
    breaks: 'the shape of an inner object',
    at: ({ value }) => isObject(value),
    mutate: (value) => (value as { id?: Json } | null)?.id ?? 1,
  },
  {
    id: 'object-in-list',
    title: 'wraps an inner object in a list',
    breaks: 'the shape of an inner object',
    at: ({ value }) => isObject(value),
    mutate: (value) => [value],
  },
  {
    id: 'echo-as-text',
    title: 'echoes an id as another JSON type',
    breaks: 'the type of an echoed id',
    at: ({ isEcho }) => isEcho,
    mutate: (value) => (typeof value === 'number' ? String(value) : 17),
  },
];

function placesOf(contract: Contract, body: Json): Place[] {
  const named = namedPointers(contract);
  const { created, echo = [] } = contract.operation;
  return pointersOf(body).map((pointer) => ({
    pointer,
    value: valueAt(body, pointer) ?? null,
    isTop: !pointer.slice(1).includes('/'),
    isNamed: named.includes(pointer),
    isId: pointer === created?.id,
    isTime: pointer === created?.time,
    isEcho: echo.some(({ response }) => response === pointer),
  }));
}

/** The place that a row changes: the first one where the schema refuses the change. */
function placeOf(row: ShapeRow, contract: Contract): string | null {
  const body = sampleSuccess(contract);
  const place = placesOf(contract, body)
    .filter(row.at)
    .find(({ pointer }) => !isValidSuccess(contract, mutated(body, pointer, row.mutate)));
  return place?.pointer ?? null;
}

/** Changes to the whole body. */
const WHOLE: readonly { id: string; title: string; breaks: string; change: (body: Json) => Json }[] = [
  {
    id: 'wrapped',
    title: 'wraps the body in {"data": …}',
    breaks: 'the shape of the body',
    change: (body) => ({ data: body }),
  },
  {
    id: 'body-in-list',
    title: 'sends a list with the thing in it',
    breaks: 'the shape of the body',
    change: (body) => [body],
  },
  { id: 'body-null', title: 'sends null for a body', breaks: 'the shape of the body', change: () => null },
  {
    id: 'body-empty-object',
    title: 'sends an empty object',
    breaks: 'required fields of the success',
    change: () => ({}),
  },
  {
    id: 'body-id-only',
    title: 'sends the id alone',
    breaks: 'required fields of the success',
    change: (body) => Object.fromEntries(Object.entries(body ?? {}).filter(([key]) => key === 'id')),
  },
  {
    id: 'snake-case',
    title: 'spells its field names in snake_case',
    breaks: 'the names of the fields',
    change: renamed,
  },
];

function renamed(body: Json): Json {
  if (Array.isArray(body)) return body.map(renamed);
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      renamed(value),
    ]),
  );
}

export const SHAPE_DEFECTS: readonly Defect[] = [
  ...ROWS.map(
    (row): Defect => ({
      id: row.id,
      title: row.title,
      group: 'shape',
      breaks: row.breaks,
      isIn: (contract) => placeOf(row, contract) !== null,
      make({ contract }) {
        const pointer = placeOf(row, contract);
        return on('created', (answer) =>
          edit(answer, (body) => (pointer === null ? body : mutated(body, pointer, row.mutate))),
        );
      },
    }),
  ),
  ...WHOLE.map(
    ({ id, title, breaks, change }): Defect => ({
      id,
      title,
      group: 'shape',
      breaks,
      isIn: (contract) => !isValidSuccess(contract, change(sampleSuccess(contract))),
      make: () => on('created', (answer) => edit(answer, change)),
    }),
  ),
];
