import type { Contract } from '../lib/contract.ts';
import { valueAt } from '../lib/pointer.ts';

/**
 * Where a rule is written, for a person: file and place, and the document that the schema's description or `sources` of
 * operation.json names for it. `location` is "request.schema.json#/properties/a/type" or "operation.json#/echo".
 */
export function sourceOf(contract: Contract, location: string, key: string): string {
  const [file = '', pointer = ''] = location.split('#');
  const described = valueAt(contract.schemas[file], pointer.replace(/\/[^/]*$/, '/description'));
  const document =
    /Source: (.+?)\.?$/.exec(typeof described === 'string' ? described : '')?.[1] ?? contract.operation.sources?.[key];
  return typeof document === 'string' ? `${location} (${document})` : location;
}
