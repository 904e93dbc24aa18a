import type { Json } from '../lib/operation.ts';
import { canonicalText, isObject } from './json-value.ts';

/** Tries of one shrinking; fewer for a long value, of which each try takes its time. */
const MAX_TRIES = 400;
const CHARACTERS_TRIED = 400_000;

/** A smaller value for which `isWitness` still holds; `value` itself if there is none. */
export function shrunk(value: Json, isWitness: (value: Json) => boolean): Json {
  let best = value;
  let tries = 0;
  const budget = Math.min(MAX_TRIES, Math.max(20, CHARACTERS_TRIED / JSON.stringify(value).length));
  for (let improved = true; improved && tries < budget; ) {
    improved = false;
    for (const candidate of simpler(best)) {
      if (++tries > budget) break;
      if (!isWitness(candidate)) continue;
      best = candidate;
      improved = true;
      break;
    }
  }
  return best;
}

function* simpler(value: Json): Generator<Json> {
  if (Array.isArray(value)) {
    if (value.length > 4) {
      const half = Math.floor(value.length / 2);
      yield value.slice(0, half);
      yield value.slice(half);
    }
    for (const [index] of value.slice(0, 40).entries()) yield value.filter((_, other) => other !== index);
    for (const [index, item] of value.slice(0, 40).entries())
      for (const smaller of simpler(item)) yield value.map((old, other) => (other === index ? smaller : old));
  } else if (isObject(value)) {
    const entries = Object.entries(value as { [key: string]: Json });
    for (const [name] of entries) yield Object.fromEntries(entries.filter(([other]) => other !== name));
    for (const [name, child] of entries) {
      for (const smaller of simpler(child))
        yield Object.fromEntries(entries.map(([other, old]) => [other, other === name ? smaller : old]));
    }
  } else if (typeof value === 'string') {
    if (value === '') return;
    yield '';
    if (value.length > 8) yield [...value].slice(0, Math.floor([...value].length / 2)).join('');
    if (value.length > 1) yield [...value].slice(0, -1).join('');
  } else if (typeof value === 'number') {
    for (const smaller of [0, 1, -1, Math.trunc(value), Math.trunc(value / 2)])
      if (Math.abs(smaller) < Math.abs(value) && canonicalText(smaller) !== canonicalText(value)) yield smaller;
  }
}
