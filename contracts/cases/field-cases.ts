import { brokenRules } from '../judge/broken-rules.ts';
import type { Node, SchemaIndex } from '../judge/schema-index.ts';
import type { Json } from '../lib/operation.ts';
import { pointerTokens, toPointer, withoutValueAt, withValueAt } from '../lib/pointer.ts';
import { type Breaker, breakersOf } from './breakers.ts';
import type { Place } from './places.ts';

/** A request body that breaks exactly one rule of the request schema. */
export interface InvalidBody {
  readonly place: Place;
  readonly breaker: Breaker;
  readonly body: Json;
  /** JSON pointer to the field at fault. */
  readonly fault: string;
}

/**
 * For each place, keyword and way to break it, one body that is invalid in that place alone: what the validator finds
 * broken is the keyword that was meant, or, where no value can break it alone (a type beside an enum), rules of the
 * same value only.
 */
export function invalidBodies(index: SchemaIndex, root: Node, base: Json, places: readonly Place[]): InvalidBody[] {
  const found = new Map<string, InvalidBody & { alone: boolean }>();
  for (const place of places) {
    for (const breaker of breakersOf(place)) {
      const key = `${place.pointer} ${breaker.rule} ${breaker.variant}`;
      const known = found.get(key);
      if (known?.alone === true) continue;
      const body = bodyWith(base, place, breaker.value);
      const broken = brokenRules(index, root, body);
      const fault = broken[0]?.pointer;
      if (fault === undefined || !broken.every((rule) => rule.pointer === fault)) continue;
      // The closest branch of a choice may blame a neighbour; what is meant has to be at the place, or just inside it.
      const isHere = fault === place.pointer || parentOf(fault) === place.pointer;
      const meant = broken.some((rule) => rule.location === breaker.rule);
      const isChoice = broken.every((rule) => rule.keyword === 'anyOf' || rule.keyword === 'oneOf');
      if (!isHere || !(meant || isChoice)) continue;
      if (known === undefined || broken.length === 1)
        found.set(key, { place, breaker, body, fault, alone: broken.length === 1 });
    }
  }
  return [...found.values()].map(({ place, breaker, body, fault }) => ({ place, breaker, body, fault }));
}

/** The base with `value` at a place (undefined: with nothing there); parents that the base leaves out are put in. */
export function bodyWith(base: Json, place: Place, value: Json | undefined): Json {
  const { parent } = place;
  const around = parent === null || parent.isPresent ? base : bodyWith(base, parent, parent.value);
  return value === undefined ? withoutValueAt(around, place.pointer) : withValueAt(around, place.pointer, value);
}

function parentOf(pointer: string): string {
  return toPointer(pointerTokens(pointer).slice(0, -1));
}

/** A place as part of an id: "items.0.price"; "body" for the body itself. */
export function placeName(pointer: string): string {
  return pointer === '' ? 'body' : pointerTokens(pointer).join('.');
}

/** Values that the schema allows at a place and that a careful tester tries: bounds, listed values, branches, null. */
export function* allowedValues(
  place: Place,
): Generator<{ keyword: string; variant: string; words: string; value: Json }> {
  for (const { keywords } of place.layers) {
    for (const [keyword, rule] of Object.entries(keywords)) {
      if (keyword === 'enum') {
        for (const value of (rule as Json[]).slice(0, 20))
          yield { keyword, variant: String(value).replace(/[^A-Za-z0-9]+/g, '-'), words: JSON.stringify(value), value };
      } else if (keyword === 'minimum' || keyword === 'maximum')
        yield { keyword, variant: 'at', words: `at its ${keyword}`, value: rule as number };
      else if (keyword === 'type' && Array.isArray(rule) && rule.includes('null'))
        yield { keyword, variant: 'null', words: 'null', value: null };
      else if (keyword === 'minLength' || (keyword === 'maxLength' && (rule as number) <= 10_000)) {
        const text = typeof place.value === 'string' ? place.value : 'a';
        const length = rule as number;
        yield {
          keyword,
          variant: 'at',
          words: `of ${length} characters`,
          value: [...text, ...'a'.repeat(length)].slice(0, length).join(''),
        };
        yield {
          keyword,
          variant: 'astral',
          words: `of ${length} characters outside the basic plane`,
          value: '𐐀'.repeat(length),
        };
      } else if (keyword === 'minItems' && Array.isArray(place.value))
        yield { keyword, variant: 'at', words: `with ${rule} items`, value: place.value.slice(0, rule as number) };
    }
  }
}
