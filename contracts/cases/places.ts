import {
  itemNodes,
  type Layer,
  type Node,
  propertyNames,
  propertyNodes,
  requiredNames,
  type SchemaIndex,
} from '../judge/schema-index.ts';
import type { Json } from '../lib/operation.ts';
import { toPointer } from '../lib/pointer.ts';
import { sampleValue } from './sample.ts';

/** A place in a request body: what may stand there, and what does. */
export interface Place {
  /** JSON pointer into the body; "" is the body itself. */
  readonly pointer: string;
  /** The schemas that hold there. */
  readonly nodes: readonly Node[];
  /** What they put on `value`. */
  readonly layers: readonly Layer[];
  /** What stands there, or, where the body has nothing there, a value that may. */
  readonly value: Json;
  readonly isPresent: boolean;
  /** Where it is written that the place must be there: "request.schema.json#/required"; null for an optional place. */
  readonly requiredBy: string | null;
  /** Item of an array. */
  readonly isItem: boolean;
  readonly parent: Place | null;
}

const DEEPEST = 6;

/**
 * Every place that the schemas of a valid body describe, parents before their children. Of an array, the items that
 * `prefixItems` names and one of the others. Optional places that the body leaves out are listed too, where a value
 * for them can be found, three levels deep at most.
 */
export function placesOf(index: SchemaIndex, root: Node, body: Json): Place[] {
  const places: Place[] = [];
  const visit = (place: Place, tokens: readonly (string | number)[], absentLevels: number): void => {
    places.push(place);
    if (tokens.length >= DEEPEST || absentLevels > 3) return;
    const { value, layers } = place;
    const step = (
      token: string | number,
      nodes: readonly Node[],
      present: Json | undefined,
      requiredBy: string | null,
    ) => {
      if (nodes.length === 0) return;
      const child = present ?? (present === null ? null : sampleValue(index, nodes, 'all'));
      if (child === undefined) return;
      const isPresent = place.isPresent && present !== undefined;
      visit(
        {
          pointer: toPointer([...tokens, token]),
          nodes,
          layers: nodes.flatMap((node) => index.layersOf(node, child)),
          value: child,
          isPresent,
          requiredBy,
          isItem: typeof token === 'number',
          parent: place,
        },
        [...tokens, token],
        isPresent ? 0 : absentLevels + 1,
      );
    };
    if (Array.isArray(value)) {
      const prefixLength = Math.max(
        0,
        ...layers.map(({ keywords }) => (keywords['prefixItems'] as unknown[] | undefined)?.length ?? 0),
      );
      for (let at = 0; at < Math.min(value.length, Math.max(1, prefixLength + 1)); at += 1)
        step(at, itemNodes(layers, at), value[at], null);
    } else if (typeof value === 'object' && value !== null) {
      const required = new Set(requiredNames(layers));
      for (const name of new Set([...propertyNames(layers), ...Object.keys(value)])) {
        const by = layers.find(({ keywords }) => ((keywords['required'] as string[] | undefined) ?? []).includes(name));
        const present = Object.hasOwn(value, name) ? value[name] : undefined;
        step(
          name,
          propertyNodes(layers, name),
          present,
          required.has(name) && by !== undefined ? `${by.location}/required` : null,
        );
      }
    }
  };
  visit(
    {
      pointer: '',
      nodes: [root],
      layers: index.layersOf(root, body),
      value: body,
      isPresent: true,
      requiredBy: null,
      isItem: false,
      parent: null,
    },
    [],
    0,
  );
  return places;
}
