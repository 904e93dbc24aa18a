import type { Operation } from '../lib/operation.ts';

/**
 * What documents leave open, by name. Each is only observed, unless `sources.assumptions` of operation.json makes a
 * rule of it: `{ "lower-case-scheme": { "is": "accepted", "source": "…" } }`. Nothing is assumed without being written there.
 */
export const ASSUMPTIONS = {
  'null-for-optional': 'null for an optional field that may not be null by the schema',
  'numeric-strings': 'a number written as a string, for a numeric field',
  fractions: 'a number with a fraction, for an integer field',
  'extra-fields': 'a field that the schema does not name',
  'huge-numbers': 'a number beyond 64 bits, where the schema sets no bound',
  'other-ids': 'ids other than the configured ones',
  'byte-order-mark': 'a byte order mark before the JSON text',
  'duplicate-names': 'a name twice in one JSON object',
  'invalid-utf8': 'bytes that are no UTF-8 inside a JSON string',
  'large-body': 'a body of a megabyte, all but its spaces like any other',
  'deep-body': 'a thousand levels of nesting in a field that the schema does not name',
  'other-content-type': 'a JSON body declared as something else than application/json',
  'missing-content-type': 'a JSON body without a content type',
  'content-type-parameter': 'application/json with a charset or in other case',
  'lower-case-scheme': '"bearer" in lower case',
  'several-credentials': 'two Authorization headers, the first of them right',
  'wrong-credentials-first': 'two Authorization headers, the first of them wrong',
  'other-methods': 'other methods on the path',
  'unknown-path': 'a path below the documented one',
} as const;

export type AssumptionName = keyof typeof ASSUMPTIONS;

export interface Assumption {
  /** open: success and a documented envelope both hold. */
  readonly is: 'accepted' | 'rejected' | 'open';
  readonly source: string;
}

/** Every assumption as the operation switches it. Names that nothing here knows are left alone: an operation's own tests may. */
export function assumptionsOf(operation: Operation): Record<AssumptionName, Assumption> {
  const written = (operation.sources?.['assumptions'] ?? {}) as Record<
    string,
    { is?: string; source?: string } | undefined
  >;
  const read = (name: string): Assumption => {
    const entry = Object.hasOwn(written, name) ? written[name] : undefined;
    const is = entry?.is === 'accepted' || entry?.is === 'rejected' ? entry.is : 'open';
    return {
      is,
      source: `operation.json#/sources/assumptions/${name}${entry?.source === undefined ? ' (not written there, so open)' : `: ${entry.source}`}`,
    };
  };
  return Object.fromEntries(Object.keys(ASSUMPTIONS).map((name) => [name, read(name)])) as Record<
    AssumptionName,
    Assumption
  >;
}
