import type { Json } from '../lib/operation.ts';
import { withoutValueAt } from '../lib/pointer.ts';
import type { AssumptionName } from './assumptions.ts';
import { caseOf, type Workbench } from './bench.ts';
import type { Case } from './case.ts';
import { bodyWith, type InvalidBody, invalidBodies, placeName } from './field-cases.ts';
import { type Place, placesOf } from './places.ts';

/** Keywords for which servers may name the field, or what it is in. */
const AMBIGUOUS = new Set([
  'items',
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'propertyNames',
  'dependentRequired',
]);

/** Requests that break exactly one rule of the request schema, for each place, keyword and way to break it. */
export function negativeCases(bench: Workbench): Case[] {
  if (!bench.hasBody) return [];
  return [...invalidOnes(bench).map((one) => negativeCase(bench, one)), ...allMissing(bench), ...oddNumbers(bench)];
}

/** From the full body first; what it has no room for or no branch of, from the minimal one and the alternatives. */
function invalidOnes({ index, root, base, places, alternatives }: Workbench): InvalidBody[] {
  const found = new Map<string, InvalidBody>();
  const take = (body: Json, at: readonly Place[]) => {
    for (const one of invalidBodies(index, root, body, at)) {
      const key = `${one.place.pointer} ${one.breaker.rule} ${one.breaker.variant}`;
      if (!found.has(key)) found.set(key, one);
    }
  };
  take(base.full, places);
  for (const body of [base.minimal, ...alternatives.map((one) => one.body)]) take(body, placesOf(index, root, body));
  return [...found.values()];
}

function negativeCase(bench: Workbench, { place, breaker, body, fault }: InvalidBody): Case {
  const { roles } = bench;
  const name = placeName(place.pointer);
  const isMissing = breaker.keyword === 'required';
  const isOptionalNull =
    breaker.variant === 'null' &&
    breaker.keyword === 'type' &&
    place.requiredBy === null &&
    !place.isItem &&
    place.pointer !== '';
  // Where branches of a choice are left, a server may blame any of them.
  const isChoice = bench.index
    .errorsOf(bench.root, body)
    .some(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const faults = fault === '' || isChoice || AMBIGUOUS.has(breaker.keyword) ? null : [fault];
  const rule = { name: breaker.keyword, source: bench.source(breaker.rule, 'request') };
  return caseOf({
    id: `${place.pointer === '' ? 'body' : `field.${name}`}.${isMissing ? 'missing' : `${breaker.keyword}.${breaker.variant}`}`,
    title: isMissing
      ? `rejects a missing ${name}`
      : `${isOptionalNull ? 'takes' : 'rejects'} ${name === 'body' ? 'a body' : name} that is ${breaker.words}`,
    group: place.pointer === '' ? 'body' : 'field',
    tags: isMissing ? ['@negative', '@smoke'] : ['@negative'],
    requests: [bench.json(body)],
    breaks: breaker.rule,
    ...(isOptionalNull
      ? bench.assumed('null-for-optional', roles.invalid, faults)
      : { rule, expectation: bench.rejectedAs(roles.invalid, faults) }),
  });
}

function allMissing(bench: Workbench): Case[] {
  const required = bench.places.filter((place) => place.requiredBy !== null && place.parent?.pointer === '');
  const [first] = required;
  if (required.length < 2 || first === undefined) return [];
  const bare = required.reduce<Json>((body, place) => withoutValueAt(body, place.pointer), bench.base.full);
  const isChoice = bench.index
    .errorsOf(bench.root, bare)
    .some(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  return [
    caseOf({
      id: 'field.all-required.missing',
      title: 'names every missing field',
      group: 'field',
      tags: ['@negative'],
      rule: { name: 'required', source: bench.source(first.requiredBy ?? '', 'request') },
      requests: [bench.json(bare)],
      expectation: bench.rejectedAs(bench.roles.invalid, isChoice ? null : required.map((place) => place.pointer)),
    }),
  ];
}

/** Numbers as texts and with fractions, which some documents allow by calling a field "numeric". */
function oddNumbers(bench: Workbench): Case[] {
  return bench.places.flatMap((place) => {
    const layer = place.layers.find(({ keywords }) => 'type' in keywords);
    const types = place.layers.map(({ keywords }) => keywords['type']);
    const isInteger = types.includes('integer');
    if (layer === undefined || !(isInteger || types.includes('number')) || typeof place.value !== 'number') return [];
    const name = placeName(place.pointer);
    const odd = (variant: string, words: string, assumption: AssumptionName, value: Json): Case[] => {
      const body = bodyWith(bench.base.full, place, value);
      if (bench.isValid(body)) return [];
      return [
        caseOf({
          id: `field.${name}.type.${variant}`,
          title: `answers ${name} ${words} as documented`,
          group: 'field',
          tags: ['@negative'],
          ...bench.assumed(assumption, bench.roles.invalid, [place.pointer]),
          requests: [bench.json(body)],
          breaks: `${layer.location}/type`,
        }),
      ];
    };
    return [
      ...odd('numeric-string', 'as a numeric string', 'numeric-strings', String(place.value)),
      ...(isInteger ? odd('fraction', 'with a fraction', 'fractions', place.value + 0.5) : []),
    ];
  });
}
