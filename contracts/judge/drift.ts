import { toPointer } from '../lib/pointer.ts';
import { itemNodes, type Layer, type Node, propertyNodes, type SchemaIndex } from './schema-index.ts';

/**
 * Fields of a body that its schema does not name, as JSON pointers with * for any index. They break no rule: a server
 * may add fields. Places that the schema leaves open on purpose (no properties named, additionalProperties with a
 * schema) are none.
 */
export function undocumentedFields(index: SchemaIndex, node: Node, body: unknown): string[] {
  const found = new Set<string>();
  const visit = (nodes: readonly Node[], value: unknown, tokens: readonly string[]): void => {
    if (typeof value !== 'object' || value === null || tokens.length > 20) return;
    const layers: Layer[] = nodes.flatMap((one) => index.layersOf(one, value));
    if (Array.isArray(value)) {
      for (const [place, item] of value.entries()) visit(itemNodes(layers, place), item, [...tokens, '*']);
      return;
    }
    const namesFields = layers.some(({ keywords }) => 'properties' in keywords);
    const isOpen = layers.some(({ keywords }) => keywords['additionalProperties'] === true);
    for (const [name, item] of Object.entries(value)) {
      const inner = propertyNodes(layers, name);
      if (inner.length === 0 && namesFields && !isOpen) found.add(toPointer([...tokens, name]));
      else visit(inner, item, [...tokens, name]);
    }
  };
  visit([node], body, []);
  return [...found];
}
