import { ANY_ID, bodyInputs, boundPath, type Json, pathInputs } from '../lib/operation.ts';
import { valueAt, withoutValueAt, withValueAt } from '../lib/pointer.ts';
import { caseOf, type Workbench } from './bench.ts';
import type { Case } from './case.ts';
import { allowedValues, bodyWith, placeName } from './field-cases.ts';
import { randomInteger } from './random.ts';

/** Valid requests, in every way in which they may be written; ids other than the configured ones are only observed. */
export function positiveCases(bench: Workbench): Case[] {
  const { base, roles, json, accepted } = bench;
  const { created } = bench.contract.operation;
  const rule = { name: 'a valid request is accepted', source: bench.source(`${bench.root.file}#`, 'request') };
  const positive = (id: string, title: string, body: Json, more: Partial<Case> = {}): Case =>
    caseOf({
      id: `positive.${id}`,
      title,
      group: 'positive',
      rule,
      requests: [json(body)],
      expectation: accepted,
      ...more,
    });

  const cases = [positive('full', 'accepts every field', base.full, { tags: ['@smoke'] })];
  cases.push(...otherAddresses(bench));
  if (!bench.hasBody) return cases;
  cases.push(positive('required-only', 'accepts the required fields alone', base.minimal, { tags: ['@smoke'] }));
  for (const { pointer } of optionalPlaces(bench)) {
    const name = placeName(pointer);
    cases.push(positive(`without.${name}`, `accepts a request without ${name}`, withoutValueAt(base.full, pointer)));
    const alone = withValueAt(base.minimal, pointer, valueAt(base.full, pointer) ?? null);
    if (valueAt(base.minimal, pointer) === undefined && bench.isValid(alone))
      cases.push(positive(`with.${name}`, `accepts the required fields and ${name}`, alone));
  }
  if (created !== undefined)
    cases.push(
      positive('repeated', 'creates something new each time, also for equal requests', base.full, {
        tags: ['@smoke'],
        rule: { name: 'created.id', source: bench.source('operation.json#/created/id', 'created') },
        requests: [json(base.full), json(base.full), json(base.minimal)],
      }),
    );
  cases.push(...spellings(bench, positive));
  for (const place of bench.places) {
    if (bench.isInput(place.pointer) || place.pointer === '') continue;
    const name = placeName(place.pointer);
    for (const { keyword, variant, words, value } of allowedValues(place)) {
      const body = bodyWith(base.full, place, value);
      if (bench.isValid(body)) cases.push(positive(`${name}.${keyword}.${variant}`, `accepts ${name} ${words}`, body));
    }
    const huge = bodyWith(base.full, place, 1e30);
    if (typeof place.value === 'number' && bench.isValid(huge))
      cases.push(
        positive(
          `${name}.huge`,
          `answers ${name} 10^30 as documented`,
          huge,
          bench.assumed('huge-numbers', roles.invalid),
        ),
      );
  }
  for (const { pointer, number, body } of bench.alternatives)
    cases.push(
      positive(
        `${placeName(pointer)}.alternative.${number}`,
        `accepts alternative ${number} of ${placeName(pointer)}`,
        body,
      ),
    );
  cases.push(...otherIds(bench));
  return cases;
}

function optionalPlaces({ places, base, isValid }: Workbench) {
  return places.filter(
    (place) =>
      place.pointer !== '' && !place.isItem && place.isPresent && isValid(withoutValueAt(base.full, place.pointer)),
  );
}

/** The same document, written in other ways, and with a field more. */
function spellings(
  bench: Workbench,
  positive: (id: string, title: string, body: Json, more?: Partial<Case>) => Case,
): Case[] {
  const { full } = bench.base;
  if (typeof full !== 'object' || full === null || Array.isArray(full)) return [];
  const rfc = (name: string, section: string) => ({ name, source: `RFC 8259, section ${section}` });
  const reversed = Object.fromEntries(Object.entries(full).reverse());
  const extended = { ...full, assayUnknown: 'unknown' };
  return [
    positive('other-order', 'accepts the fields in another order', reversed, {
      rule: rfc('names of an object are unordered', '4'),
    }),
    positive('spacing', 'accepts spaces, tabs and line breaks between the tokens', full, {
      rule: rfc('white space between tokens means nothing', '2'),
      requests: [bench.json(full, spaced(full))],
    }),
    positive('escapes', 'accepts names with escaped letters', full, {
      rule: rfc('an escaped character is the character', '7'),
      requests: [bench.json(full, escaped(full))],
    }),
    ...(bench.isValid(extended)
      ? [
          positive(
            'extra-field',
            'takes a field that the schema does not name',
            extended,
            bench.assumed('extra-fields', bench.roles.invalid),
          ),
        ]
      : []),
  ];
}

/** Other ids than the configured ones, one field at a time: success must echo them, a rejection must be documented. */
function otherIds(bench: Workbench): Case[] {
  const { full } = bench.base;
  return bodyInputs(bench.contract.operation).flatMap((input) => {
    const configured = bench.options.inputs[input.pointer];
    if (typeof configured !== 'number') return [];
    const name = placeName(input.pointer);
    const literals: [variant: string, literal: string, words: string][] = [
      ['other', String(configured + randomInteger(bench.random, 1, 1000)), 'another id'],
      ['zero', '0', '0'],
      ['negative', '-1', '−1'],
      ['2-to-53', '9007199254740992', '2^53'],
      ['2-to-63', '9223372036854775808', '2^63'],
      ['1e30', '1000000000000000000000000000000', '10^30'],
      ['decimal-zero', `${configured}.0`, 'the id written with .0'],
    ];
    return literals.flatMap(([variant, literal, words]) => {
      const body = withValueAt(full, input.pointer, Number(literal));
      if (!bench.isValid(body)) return [];
      const text = JSON.stringify(withValueAt(full, input.pointer, LITERAL)).replace(JSON.stringify(LITERAL), literal);
      return [
        caseOf({
          id: `ids.${name}.${variant}`,
          title: `answers ${name} ${words} as documented`,
          group: 'positive',
          ...bench.assumed('other-ids', bench.roles.invalid),
          requests: [bench.json(body, text)],
        }),
      ];
    });
  });
}

/** Other values of the path's parameters, one at a time: success must keep the contract, a rejection must be documented. */
function otherAddresses(bench: Workbench): Case[] {
  const { operation } = bench.contract;
  const { parameters = {} } = bench.options;
  return pathInputs(operation).flatMap((input) => {
    const configured = parameters[input.path] ?? input.example;
    const values: [variant: string, value: string | number, words: string][] =
      typeof configured === 'string'
        ? [
            ['other', `${configured}0`, 'another value'],
            ['escaped', 'assay /?%', 'a value of characters that must be escaped'],
          ]
        : [
            ['other', Number(configured ?? ANY_ID) + randomInteger(bench.random, 1, 1000), 'another id'],
            ['zero', 0, '0'],
            ['negative', -1, '−1'],
            ['text', 'assay', 'a text'],
            ['2-to-63', '9223372036854775808', '2^63'],
          ];
    return values.map(([variant, value, words]) =>
      caseOf({
        id: `ids.path.${input.path}.${variant}`,
        title: `answers ${words} as ${input.path} in the path as documented`,
        group: 'positive',
        ...bench.assumed('other-ids', [404, ...bench.roles.invalid]),
        requests: [
          bench.request(JSON.stringify(bench.base.full), {
            path: boundPath(operation, { ...parameters, [input.path]: value }),
            document: bench.base.full,
          }),
        ],
      }),
    );
  });
}

/** Stands for a number literal that JSON.stringify would write otherwise. */
const LITERAL = '@assay-literal@';

function spaced(body: Json): string {
  return `\r\n\t ${JSON.stringify(body, null, 3).replaceAll('\n', '\r\n').replaceAll('":', '"\t :')}\n\n`;
}

/** The body's text with the first letter of each top-level name written as \u00xx. */
function escaped(body: { [name: string]: Json }): string {
  const names = Object.entries(body).map(([name, value]) => {
    const [first = '', ...rest] = name;
    const code = first.length === 1 ? `\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}` : first;
    return `"${code}${JSON.stringify(rest.join('')).slice(1, -1)}":${JSON.stringify(value)}`;
  });
  return `{${names.join(',')}}`;
}
