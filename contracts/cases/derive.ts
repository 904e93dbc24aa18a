import { type Node, type SchemaIndex, schemaIndex } from '../judge/schema-index.ts';
import { sourceOf } from '../judge/source.ts';
import { bodyInputs, boundPath, type Json, type JsonSchema } from '../lib/operation.ts';
import { valueAt, withValueAt } from '../lib/pointer.ts';
import { seededRandom } from '../lib/seeded-random.ts';
import { assumptionsOf } from './assumptions.ts';
import { authCases } from './auth-cases.ts';
import { baseRequests, type Inputs } from './base-request.ts';
import type { Alternative, DeriveOptions, Workbench } from './bench.ts';
import { bodyCases } from './body-cases.ts';
import type { Case } from './case.ts';
import { bodyWith } from './field-cases.ts';
import { methodCases } from './method-cases.ts';
import { negativeCases } from './negative-cases.ts';
import { type Place, placesOf } from './places.ts';
import { positiveCases } from './positive-cases.ts';
import { samples } from './sample.ts';
import { statusRoles } from './statuses.ts';

export type { DeriveOptions } from './bench.ts';

/**
 * Every case of a contract. Pure: the same options give the same cases. Throws UserError where no valid request can be
 * made up.
 */
export function deriveCases(options: DeriveOptions): Case[] {
  const bench = workbench(options);
  const cases = [
    ...positiveCases(bench),
    ...negativeCases(bench),
    ...bodyCases(bench),
    ...authCases(bench),
    ...methodCases(bench),
  ];
  const counts = new Map<string, number>();
  return cases.map((one) => {
    const count = (counts.get(one.id) ?? 0) + 1;
    counts.set(one.id, count);
    return count === 1 ? one : { ...one, id: `${one.id}.${count}`, title: `${one.title} (${count})` };
  });
}

function workbench(options: DeriveOptions): Workbench {
  const { contract, inputs } = options;
  const { operation } = contract;
  const index = schemaIndex(contract);
  const roles = statusRoles(operation);
  const file = operation.request.schema;
  const root: Node = { file, schema: contract.schemas[file] ?? true };
  const base = baseRequests(contract, index, inputs);
  const hasBody = !['GET', 'HEAD'].includes(operation.method);
  const assumptions = assumptionsOf(operation);
  const places = placesOf(index, root, base.full);
  const headers: Workbench['headers'] =
    operation.auth.scheme === 'bearer' ? [['Authorization', { before: 'Bearer ', form: 'whole' }]] : [];
  const accepted = { kind: 'asserted', statuses: roles.success, faults: null } as const;
  const isValid = (body: Json) => index.errorsOf(root, body).length === 0;
  const path = boundPath(operation, options.parameters ?? {});
  const request: Workbench['request'] = (body, more = {}) => ({
    method: operation.method,
    path,
    query: null,
    headers: hasBody ? [...headers, ['Content-Type', 'application/json']] : headers,
    body: hasBody ? body : null,
    ...more,
    document: hasBody ? more.document : undefined,
  });
  return {
    options,
    contract,
    index,
    root,
    roles,
    random: seededRandom(options.seed),
    base,
    places,
    alternatives: alternativesOf(index, root, base.full, places, inputs, isValid),
    hasBody,
    path,
    headers,
    isValid,
    isInput: (pointer) => bodyInputs(operation).some((input) => input.pointer === pointer),
    request,
    json: (document, text = JSON.stringify(document)) => request(text, { document }),
    accepted,
    rejectedAs: (statuses, faults) => ({ kind: 'asserted', statuses, faults }),
    assumed(name, rejectedStatuses, faults = null) {
      const { is, source } = assumptions[name];
      const rule = { name, source };
      if (is === 'open') return { rule, expectation: { kind: 'observed', isForeign: false } };
      return {
        rule,
        expectation: is === 'accepted' ? accepted : { kind: 'asserted', statuses: rejectedStatuses, faults },
      };
    },
    source: (location, key) => sourceOf(contract, location, key),
  };
}

/** Most branches of one choice that are tried. */
const MOST_BRANCHES = 10;

/** A valid body for each branch of each choice of the request schema, with the configured inputs in it. */
function alternativesOf(
  index: SchemaIndex,
  root: Node,
  full: Json,
  places: readonly Place[],
  inputs: Inputs,
  isValid: (body: Json) => boolean,
): Alternative[] {
  const withInputs = (body: Json) =>
    Object.entries(inputs).reduce<Json>(
      (so, [pointer, value]) => (valueAt(so, pointer) === undefined ? so : withValueAt(so, pointer, value)),
      body,
    );
  return places.flatMap((place) => {
    const isRoot = place.pointer === '';
    const nodes = isRoot ? [root] : place.nodes;
    const branches = place.layers.flatMap(({ file, keywords }) =>
      ['oneOf', 'anyOf'].flatMap((keyword) =>
        ((keywords[keyword] as JsonSchema[] | undefined) ?? [])
          .slice(0, MOST_BRANCHES)
          .map((schema) => ({ file, schema })),
      ),
    );
    return branches.flatMap((branch, at): Alternative[] => {
      for (const value of samples(index, [...nodes, branch], 'all')) {
        const body = withInputs(isRoot ? value : bodyWith(full, place, value));
        if (isValid(body)) return [{ pointer: place.pointer, number: at + 1, body }];
      }
      return [];
    });
  });
}
