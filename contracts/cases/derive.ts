import { type Node, schemaIndex } from '../judge/schema-index.ts';
import { sourceOf } from '../judge/source.ts';
import type { Contract } from '../lib/contract.ts';
import type { Json } from '../lib/operation.ts';
import { valueAt, withoutValueAt, withValueAt } from '../lib/pointer.ts';
import { type AssumptionName, assumptionsOf } from './assumptions.ts';
import { authCases } from './auth-cases.ts';
import { baseRequests, type Inputs } from './base-request.ts';
import { bodyCases } from './body-cases.ts';
import type { Case, CaseRequest, Expectation, Group, HeaderText, Tag } from './case.ts';
import { allowedValues, bodyWith, invalidBodies, placeName } from './field-cases.ts';
import { methodCases } from './method-cases.ts';
import { placesOf } from './places.ts';
import { type Random, randomFrom, randomInteger } from './random.ts';
import { sampleValue } from './sample.ts';
import { type StatusRoles, statusRoles } from './statuses.ts';

export interface DeriveOptions {
  readonly contract: Contract;
  /** Configured inputs, by JSON pointer into the request. */
  readonly inputs: Inputs;
  readonly apiKey: string;
  /** Replays every random choice; the ids of the cases do not depend on it. */
  readonly seed: number;
  /** Off loopback, methods that might change something are sent without the key. */
  readonly isLoopback: boolean;
}

/** What the parts of the derivation share. */
export interface Workbench {
  readonly options: DeriveOptions;
  readonly contract: Contract;
  readonly roles: StatusRoles;
  readonly random: Random;
  /** The full valid body. */
  readonly full: Json;
  readonly hasBody: boolean;
  readonly headers: readonly (readonly [string, HeaderText])[];
  readonly jsonHeaders: readonly (readonly [string, HeaderText])[];
  request(body: string | Uint8Array | null, more?: Partial<CaseRequest>): CaseRequest;
  rejectedAs(statuses: readonly number[], faults: readonly string[] | null): Expectation;
  /** Open, or asserted where operation.json makes a rule of the assumption. */
  assumed(
    name: AssumptionName,
    rejectedStatuses: readonly number[],
    faults?: readonly string[] | null,
  ): { expectation: Expectation; rule: Case['rule'] };
  source(location: string, key: string): string;
}

/**
 * Every case of a contract. Pure: the same options give the same cases. Throws UserError where no valid request can be
 * made up.
 */
export function deriveCases(options: DeriveOptions): Case[] {
  const { contract, inputs } = options;
  const { operation } = contract;
  const index = schemaIndex(contract);
  const roles = statusRoles(operation);
  const file = operation.request.schema;
  const root: Node = { file, schema: contract.schemas[file] ?? true };
  const base = baseRequests(contract, index, inputs);
  const hasBody = !['GET', 'HEAD'].includes(operation.method);
  const assumptions = assumptionsOf(operation);
  const headers: Workbench['headers'] =
    operation.auth.scheme === 'bearer' ? [['Authorization', { before: 'Bearer ', form: 'whole' }]] : [];
  const bench: Workbench = {
    options,
    contract,
    roles,
    random: randomFrom(options.seed),
    full: base.full,
    hasBody,
    headers,
    jsonHeaders: [...headers, ['Content-Type', 'application/json']],
    request: (body, more = {}) => ({
      method: operation.method,
      path: operation.path,
      query: null,
      headers: hasBody ? bench.jsonHeaders : headers,
      body: hasBody ? body : null,
      ...more,
    }),
    rejectedAs: (statuses, faults) => ({ kind: 'asserted', statuses, faults }),
    assumed(name, rejectedStatuses, faults = null) {
      const { is, source } = assumptions[name];
      return {
        expectation:
          is === 'open'
            ? { kind: 'observed', isForeign: false }
            : {
                kind: 'asserted',
                statuses: is === 'accepted' ? roles.success : rejectedStatuses,
                faults: is === 'accepted' ? null : faults,
              },
        rule: { name, source },
      };
    },
    source: (location, key) => sourceOf(contract, location, key),
  };
  const json = (body: Json, text = JSON.stringify(body)): CaseRequest => bench.request(text, { document: body });
  const accepted: Expectation = { kind: 'asserted', statuses: roles.success, faults: null };
  const cases: Case[] = [];
  const add = (one: {
    id: string;
    title: string;
    group: Group;
    tags?: readonly Tag[];
    rule: Case['rule'];
    requests: readonly CaseRequest[];
    expectation: Expectation;
    breaks?: string;
  }) => cases.push({ tags: [], isAuthorized: true, ...one, breaks: one.breaks ?? null });
  const positive = { name: 'a valid request is accepted', source: bench.source(`${file}#`, 'request') };

  // Positives.
  add({
    id: 'positive.full',
    title: 'accepts every field',
    group: 'positive',
    tags: ['@smoke'],
    rule: positive,
    requests: [json(base.full)],
    expectation: accepted,
  });
  if (hasBody) {
    add({
      id: 'positive.required-only',
      title: 'accepts the required fields alone',
      group: 'positive',
      tags: ['@smoke'],
      rule: positive,
      requests: [json(base.minimal)],
      expectation: accepted,
    });
    const places = placesOf(index, root, base.full);
    const isInput = (pointer: string) => (operation.inputs ?? []).some((input) => input.pointer === pointer);
    const optional = places.filter(
      (place) =>
        place.pointer !== '' && !place.isItem && place.isPresent && isValid(withoutValueAt(base.full, place.pointer)),
    );
    for (const { pointer } of optional) {
      const name = placeName(pointer);
      add({
        id: `positive.without.${name}`,
        title: `accepts a request without ${name}`,
        group: 'positive',
        rule: positive,
        requests: [json(withoutValueAt(base.full, pointer))],
        expectation: accepted,
      });
      const alone = withValueAt(base.minimal, pointer, valueAt(base.full, pointer) ?? null);
      if (valueAt(base.minimal, pointer) === undefined && isValid(alone))
        add({
          id: `positive.with.${name}`,
          title: `accepts the required fields and ${name}`,
          group: 'positive',
          rule: positive,
          requests: [json(alone)],
          expectation: accepted,
        });
    }
    if (operation.created !== undefined)
      add({
        id: 'positive.repeated',
        title: 'creates something new each time, also for equal requests',
        group: 'positive',
        tags: ['@smoke'],
        rule: { name: 'created.id', source: bench.source('operation.json#/created/id', 'created') },
        requests: [json(base.full), json(base.full), json(base.minimal)],
        expectation: accepted,
      });
    if (typeof base.full === 'object' && base.full !== null && !Array.isArray(base.full)) {
      const reversed = Object.fromEntries(Object.entries(base.full).reverse());
      const rfc = (name: string, section: string) => ({ name, source: `RFC 8259, section ${section}` });
      add({
        id: 'positive.other-order',
        title: 'accepts the fields in another order',
        group: 'positive',
        rule: rfc('names of an object are unordered', '4'),
        requests: [json(reversed)],
        expectation: accepted,
      });
      add({
        id: 'positive.spacing',
        title: 'accepts spaces, tabs and line breaks between the tokens',
        group: 'positive',
        rule: rfc('white space between tokens means nothing', '2'),
        requests: [json(base.full, spaced(base.full))],
        expectation: accepted,
      });
      add({
        id: 'positive.escapes',
        title: 'accepts names with escaped letters',
        group: 'positive',
        rule: rfc('an escaped character is the character', '7'),
        requests: [json(base.full, escaped(base.full))],
        expectation: accepted,
      });
      const extended = { ...base.full, assayUnknown: 'unknown' };
      if (isValid(extended))
        add({
          id: 'positive.extra-field',
          title: 'takes a field that the schema does not name',
          group: 'positive',
          ...bench.assumed('extra-fields', roles.invalid),
          requests: [json(extended)],
        });
    }
    for (const place of places) {
      if (isInput(place.pointer) || place.pointer === '') continue;
      for (const { keyword, variant, words, value } of allowedValues(place)) {
        const body = bodyWith(base.full, place, value);
        if (!isValid(body)) continue;
        const name = placeName(place.pointer);
        add({
          id: `positive.${name}.${keyword}.${variant}`,
          title: `accepts ${name} ${words}`,
          group: 'positive',
          rule: positive,
          requests: [json(body)],
          expectation: accepted,
        });
      }
    }
    for (const [number, body] of branchBodies().entries())
      add({
        id: `positive.alternative.${number + 1}`,
        title: `accepts alternative ${number + 1} of the schema`,
        group: 'positive',
        rule: positive,
        requests: [json(body)],
        expectation: accepted,
      });

    // Ids other than the configured ones.
    for (const input of operation.inputs ?? []) {
      const configured = inputs[input.pointer];
      if (typeof configured !== 'number') continue;
      const name = placeName(input.pointer);
      const other = configured + randomInteger(bench.random, 1, 1000);
      const literals: [string, string, string][] = [
        ['other', String(other), 'another id'],
        ['zero', '0', '0'],
        ['negative', '-1', '−1'],
        ['2-to-53', '9007199254740992', '2^53'],
        ['2-to-63', '9223372036854775808', '2^63'],
        ['decimal-zero', `${configured}.0`, 'the id written with .0'],
      ];
      for (const [variant, literal, words] of literals) {
        const body = withValueAt(base.full, input.pointer, Number(literal));
        if (!isValid(body)) continue;
        const text = JSON.stringify(withValueAt(base.full, input.pointer, LITERAL)).replace(
          JSON.stringify(LITERAL),
          literal,
        );
        add({
          id: `ids.${name}.${variant}`,
          title: `answers ${name} ${words} as documented`,
          group: 'positive',
          ...bench.assumed('other-ids', roles.invalid),
          requests: [json(body, text)],
        });
      }
    }

    // Negatives, one broken rule each.
    for (const { place, breaker, body, fault } of invalidBodies(index, root, base.full, places)) {
      const name = placeName(place.pointer);
      const isOptionalNull =
        breaker.variant === 'null' &&
        breaker.keyword === 'type' &&
        place.requiredBy === null &&
        !place.isItem &&
        place.pointer !== '';
      const id = `${place.pointer === '' ? 'body' : `field.${name}`}.${breaker.keyword === 'required' ? 'missing' : `${breaker.keyword}.${breaker.variant}`}`;
      const faults = fault === '' ? null : [fault];
      const written = {
        name: breaker.keyword === 'required' ? 'required' : breaker.keyword,
        source: bench.source(breaker.rule, 'request'),
      };
      add({
        id,
        title:
          breaker.keyword === 'required'
            ? `rejects a missing ${name}`
            : `${isOptionalNull ? 'takes' : 'rejects'} ${name === 'body' ? 'a body' : name} that is ${breaker.words}`,
        group: place.pointer === '' ? 'body' : 'field',
        tags: place.requiredBy !== null && breaker.keyword === 'required' ? ['@negative', '@smoke'] : ['@negative'],
        requests: [json(body)],
        breaks: breaker.rule,
        ...(isOptionalNull
          ? bench.assumed('null-for-optional', roles.invalid, faults)
          : { rule: written, expectation: bench.rejectedAs(roles.invalid, faults) }),
      });
    }
    const required = places.filter((place) => place.requiredBy !== null && place.parent?.pointer === '');
    if (required.length > 1) {
      const bare = required.reduce<Json>((body, place) => withoutValueAt(body, place.pointer), base.full);
      add({
        id: 'field.all-required.missing',
        title: 'names every missing field',
        group: 'field',
        tags: ['@negative'],
        rule: { name: 'required', source: bench.source(required[0]?.requiredBy ?? `${file}#/required`, 'request') },
        requests: [json(bare)],
        expectation: bench.rejectedAs(
          roles.invalid,
          required.map((place) => place.pointer),
        ),
      });
    }
    for (const place of places) {
      const types = place.layers.map(({ keywords }) => keywords['type']);
      const isInteger = types.includes('integer');
      if (!(isInteger || types.includes('number')) || typeof place.value !== 'number') continue;
      const name = placeName(place.pointer);
      const rule = place.layers.find(({ keywords }) => 'type' in keywords)?.location;
      const odd = (variant: string, words: string, assumption: AssumptionName, value: Json) => {
        const body = bodyWith(base.full, place, value);
        if (isValid(body)) return;
        add({
          id: `field.${name}.type.${variant}`,
          title: `answers ${name} ${words} as documented`,
          group: 'field',
          tags: ['@negative'],
          ...bench.assumed(assumption, roles.invalid, [place.pointer]),
          requests: [json(body)],
          breaks: `${rule}/type`,
        });
      };
      odd('numeric-string', 'as a numeric string', 'numeric-strings', String(place.value));
      if (isInteger) odd('fraction', 'with a fraction', 'fractions', place.value + 0.5);
    }
  }
  cases.push(...bodyCases(bench), ...authCases(bench), ...methodCases(bench));
  const ids = new Map<string, number>();
  return cases.map((one) => {
    const count = (ids.get(one.id) ?? 0) + 1;
    ids.set(one.id, count);
    return count === 1 ? one : { ...one, id: `${one.id}.${count}`, title: `${one.title} (${count})` };
  });

  function isValid(body: Json): boolean {
    return index.errorsOf(root, body).length === 0;
  }

  /** A body for each branch of a choice at the top of the request schema; [] where there is none. */
  function branchBodies(): Json[] {
    if (typeof root.schema === 'boolean') return [];
    const branches = [
      ...((root.schema['oneOf'] as Node['schema'][] | undefined) ?? []),
      ...((root.schema['anyOf'] as Node['schema'][] | undefined) ?? []),
    ];
    return branches.flatMap((schema) => {
      const made = sampleValue(index, [root, { file, schema }], 'all');
      if (made === undefined) return [];
      const body = Object.entries(inputs).reduce<Json>(
        (so, [pointer, value]) => (valueAt(so, pointer) === undefined ? so : withValueAt(so, pointer, value)),
        made,
      );
      return isValid(body) ? [body] : [];
    });
  }
}

/** Stands for a number literal that JSON.stringify would write otherwise. */
const LITERAL = '@assay-literal@';

function spaced(body: Json): string {
  return `\r\n\t ${JSON.stringify(body, null, 3).replaceAll('\n', '\r\n').replaceAll('":', '"\t :')}\n\n`;
}

/** The body's text with the first letter of each top-level name written as \\u00xx. */
function escaped(body: { [name: string]: Json }): string {
  const names = Object.entries(body).map(([name, value]) => {
    const [first = '', ...rest] = name;
    const code = first.length === 1 ? `\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}` : first;
    return `"${code}${JSON.stringify(rest.join('')).slice(1, -1)}":${JSON.stringify(value)}`;
  });
  return `{${names.join(',')}}`;
}
