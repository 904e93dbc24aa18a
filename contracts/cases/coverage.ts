import { itemNodes, type Layer, type Node, propertyNodes, type SchemaIndex } from '../judge/schema-index.ts';

/** Keywords that say something that a request can keep or break; those that only lead to other schemas are left out. */
const COUNTED = new Set([
  'type',
  'enum',
  'const',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minItems',
  'maxItems',
  'uniqueItems',
  'contains',
  'minProperties',
  'maxProperties',
  'required',
  'dependentRequired',
  'propertyNames',
  'additionalProperties',
  'unevaluatedProperties',
  'not',
]);

/** Locations of the keywords that a valid body keeps: "request.schema.json#/properties/a/type". */
export function keptRules(index: SchemaIndex, root: Node, body: unknown): string[] {
  const kept = new Set<string>();
  const visit = (nodes: readonly Node[], value: unknown, depth: number): void => {
    if (depth > 20) return;
    const layers: Layer[] = nodes.flatMap((node) => index.layersOf(node, value));
    for (const { location, keywords } of layers)
      for (const [keyword, rule] of Object.entries(keywords))
        if (
          COUNTED.has(keyword) &&
          !(keyword.endsWith('Properties') && typeof rule === 'object' && keyword !== 'minProperties')
        )
          kept.add(`${location}/${keyword}`);
    if (Array.isArray(value)) for (const [at, item] of value.entries()) visit(itemNodes(layers, at), item, depth + 1);
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value)) visit(propertyNodes(layers, name), item, depth + 1);
  };
  visit([root], body, 0);
  return [...kept];
}
