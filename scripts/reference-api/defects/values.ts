import type { Contract } from '../../../contracts/lib/contract.ts';
import type { Echo, Json } from '../../../contracts/lib/operation.ts';
import { pointerTokens, toPointer, valueAt, withValueAt } from '../../../contracts/lib/pointer.ts';
import type { Answer } from '../behaviour.ts';
import { schemaAt, successBodies } from '../created.ts';
import type { Defect } from '../variants.ts';
import { edit, isValidSuccess, mutated, namedPointers, on, pointersOf, sampleSuccess } from './helpers.ts';

type IdChange = () => (id: Json, equalTo: string) => Json;

const ID_ROWS: readonly { id: string; title: string; breaks: string; change: IdChange }[] = [
  {
    id: 'same-id-always',
    title: 'gives each thing the same id',
    breaks: 'the id is new for each creation',
    change: () => {
      let first: Json | undefined;
      return (id) => {
        first ??= id;
        return first;
      };
    },
  },
  {
    id: 'same-id-for-equal-requests',
    title: 'gives equal requests the same id (a cache in front of it)',
    breaks: 'the id is new for each creation, also for equal requests',
    change: () => {
      const byRequest = new Map<string, Json>();
      return (id, equalTo) => {
        const known = byRequest.get(equalTo) ?? id;
        byRequest.set(equalTo, known);
        return known;
      };
    },
  },
  {
    id: 'ids-repeat',
    title: 'hands out the same five ids in turn',
    breaks: 'the id is new for each creation',
    change: () => {
      const ids: Json[] = [];
      let turn = 0;
      return (id) => {
        if (ids.length < 5) ids.push(id);
        turn += 1;
        return ids[(turn - 1) % 5] ?? id;
      };
    },
  },
];

const NUMBER_ID_ROWS: readonly { id: string; title: string; breaks: string; change: (id: number) => number }[] = [
  { id: 'id-zero', title: 'sends 0 for the id', breaks: 'the id is positive', change: () => 0 },
  { id: 'id-negative', title: 'sends a negative id', breaks: 'the id is positive', change: (id) => -id },
];

const HOUR_SECONDS = 3600;

const TIME_ROWS: readonly { id: string; title: string; change: (seconds: number) => number }[] = [
  { id: 'time-milliseconds', title: 'sends the time in milliseconds', change: (seconds) => seconds * 1000 },
  {
    id: 'time-zone-ahead',
    title: 'is 3 hours ahead (local time as UTC)',
    change: (seconds) => seconds + 3 * HOUR_SECONDS,
  },
  { id: 'time-zone-behind', title: 'is 5 hours behind', change: (seconds) => seconds - 5 * HOUR_SECONDS },
  { id: 'time-zero', title: 'sends 0 for the time of creation', change: () => 0 },
  { id: 'time-fixed', title: 'sends the same old time for each creation', change: () => 1_601_556_114 },
];

const integerEcho = (contract: Contract, isSkippable: boolean): Echo | undefined =>
  contract.operation.echo?.find(
    (echo) =>
      (echo.unless === 'null') === isSkippable &&
      (isSkippable || typeof valueAt(sampleSuccess(contract), echo.response) === 'number'),
  );

const hasNumericTime = (contract: Contract) => {
  const pointer = contract.operation.created?.time;
  return pointer !== undefined && typeof valueAt(sampleSuccess(contract), pointer) === 'number';
};

const hasNumericId = (contract: Contract) => {
  const pointer = contract.operation.created?.id;
  return pointer !== undefined && typeof valueAt(sampleSuccess(contract), pointer) === 'number';
};

/** An echo whose inner object may be null although that is promised not to happen when a value was sent. */
const nullableEcho = (contract: Contract): Echo | undefined =>
  contract.operation.echo?.find((echo) => {
    const parent = parentOf(echo.response);
    if (echo.unless === 'null' || parent === '') return false;
    return isValidSuccess(contract, withValueAt(sampleSuccess(contract), parent, null));
  });

const parentOf = (pointer: string) => toPointer(pointerTokens(pointer).slice(0, -1));

/** The answer with the echoed value replaced, where one was sent and came back. */
function reecho(answer: Answer, echo: Echo | undefined, change: (value: Json) => Json): Answer {
  if (echo === undefined) return answer;
  return edit(answer, (body) => mutated(body, echo.response, change));
}

const ECHO_DEFECTS: readonly Defect[] = [
  {
    id: 'echo-stale',
    title: 'echoes the id of the first request ever after',
    group: 'values',
    breaks: 'the id sent comes back',
    isIn: (contract) => integerEcho(contract, false) !== undefined,
    make({ contract }) {
      const echo = integerEcho(contract, false);
      let first: Json | undefined;
      return on('created', (answer) =>
        reecho(answer, echo, (value) => {
          first ??= value;
          return first;
        }),
      );
    },
  },
  {
    id: 'echo-of-the-request-before',
    title: 'echoes the id of the request before',
    group: 'values',
    breaks: 'the id sent comes back',
    isIn: (contract) => integerEcho(contract, false) !== undefined,
    make({ contract }) {
      const echo = integerEcho(contract, false);
      let before: Json | undefined;
      return on('created', (answer) =>
        reecho(answer, echo, (value) => {
          const stale = before ?? value;
          before = value;
          return stale;
        }),
      );
    },
  },
  {
    id: 'echo-another-thing',
    title: 'echoes an id one above the one sent',
    group: 'values',
    breaks: 'the id sent comes back',
    isIn: (contract) => integerEcho(contract, false) !== undefined,
    make: ({ contract }) =>
      on('created', (answer) => reecho(answer, integerEcho(contract, false), (value) => Number(value) + 1)),
  },
  {
    id: 'echo-optional-another-thing',
    title: 'echoes another id than the optional one sent',
    group: 'values',
    breaks: 'the id sent comes back',
    isIn: (contract) => nullableEcho(contract) !== undefined,
    make: ({ contract }) =>
      on('created', (answer) =>
        reecho(answer, nullableEcho(contract), (value) =>
          typeof value === 'number' ? value + 1 : `${String(value)}x`,
        ),
      ),
  },
  {
    id: 'echo-null-although-sent',
    title: 'sends null for an inner object although its id was sent',
    group: 'values',
    breaks: 'an id sent comes back as an object with that id',
    isIn: (contract) => nullableEcho(contract) !== undefined,
    make({ contract }) {
      const echo = nullableEcho(contract);
      return on('created', (answer, { body: request }) =>
        echo === undefined || valueAt(request, echo.request) === undefined
          ? answer
          : edit(answer, (body) => withValueAt(body, parentOf(echo.response), null)),
      );
    },
  },
  {
    id: 'echo-swapped',
    title: 'swaps two echoed ids',
    group: 'values',
    breaks: 'each id sent comes back at its place',
    isIn: (contract) => (contract.operation.echo ?? []).filter(({ unless }) => unless === undefined).length >= 2,
    make({ contract }) {
      const [one, two] = (contract.operation.echo ?? []).filter(({ unless }) => unless === undefined);
      return on('created', (answer) =>
        edit(answer, (body) => {
          const a = one && valueAt(body, one.response);
          const b = two && valueAt(body, two.response);
          if (!one || !two || a === undefined || b === undefined) return body;
          return withValueAt(withValueAt(body, one.response, b), two.response, a);
        }),
      );
    },
  },
  {
    id: 'echo-skippable-another-thing',
    title: 'sends an object of another id where null would do',
    group: 'values',
    breaks: "an object's id equals the one sent",
    isIn: (contract) => integerEcho(contract, true) !== undefined,
    make({ contract }) {
      const echo = integerEcho(contract, true);
      const full = successBodies(contract, { optionalEcho: 'object' });
      return on('created', (answer, { body: request }) => {
        const value = echo && valueAt(request, echo.request);
        if (echo === undefined || value === undefined) return answer;
        const parent = parentOf(echo.response);
        const object = valueAt(full.make(request, 0), parent) ?? null;
        const other = typeof value === 'number' ? value + 1 : `${String(value)}x`;
        return edit(answer, (body) => withValueAt(withValueAt(body, parent, object), echo.response, other));
      });
    },
  },
];

/** A text field with documented values, and another of its values than the reference sends. */
function otherValue(contract: Contract): { pointer: string; value: Json } | null {
  const body = sampleSuccess(contract);
  const { schemaFile } = successBodies(contract, { optionalEcho: 'as-template' });
  for (const pointer of pointersOf(body)) {
    if (namedPointers(contract).includes(pointer) || typeof valueAt(body, pointer) !== 'string') continue;
    const schema = schemaAt(contract, schemaFile, pointerTokens(pointer))?.schema;
    const values = typeof schema === 'object' && Array.isArray(schema['enum']) ? (schema['enum'] as Json[]) : [];
    const value = values.find((one) => one !== valueAt(body, pointer) && one !== null);
    if (value !== undefined) return { pointer, value };
  }
  return null;
}

export const VALUE_DEFECTS: readonly Defect[] = [
  ...ID_ROWS.map(
    ({ id, title, breaks, change }): Defect => ({
      id,
      title,
      group: 'values',
      breaks,
      isIn: (contract) => contract.operation.created !== undefined,
      make({ contract }) {
        const pointer = contract.operation.created?.id ?? '';
        const changed = change();
        return on('created', (answer, { bodyBytes }) =>
          edit(answer, (body) => mutated(body, pointer, (value) => changed(value, Buffer.from(bodyBytes).toString()))),
        );
      },
    }),
  ),
  ...NUMBER_ID_ROWS.map(
    ({ id, title, breaks, change }): Defect => ({
      id,
      title,
      group: 'values',
      breaks,
      isIn: hasNumericId,
      make: ({ contract }) =>
        on('created', (answer) =>
          edit(answer, (body) => mutated(body, contract.operation.created?.id ?? '', (value) => change(Number(value)))),
        ),
    }),
  ),
  ...TIME_ROWS.map(
    ({ id, title, change }): Defect => ({
      id,
      title,
      group: 'values',
      breaks: 'the time of creation is now, in Unix seconds',
      isIn: hasNumericTime,
      make: ({ contract }) =>
        on('created', (answer) =>
          edit(answer, (body) =>
            mutated(body, contract.operation.created?.time ?? '', (value) => change(Number(value))),
          ),
        ),
    }),
  ),
  ...ECHO_DEFECTS,
  {
    id: 'state-of-an-old-thing',
    title: 'sends another documented value than a new thing has',
    group: 'values',
    breaks: 'what the documents say of a new thing ("empty" for a new chat)',
    needs: 'own-spec',
    isIn: (contract) => otherValue(contract) !== null,
    make({ contract }) {
      const other = otherValue(contract);
      return on('created', (answer) =>
        edit(answer, (body) => (other === null ? body : mutated(body, other.pointer, () => other.value))),
      );
    },
  },
];
