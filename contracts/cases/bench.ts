import type { Node, SchemaIndex } from '../judge/schema-index.ts';
import type { Contract } from '../lib/contract.ts';
import type { Json } from '../lib/operation.ts';
import type { AssumptionName } from './assumptions.ts';
import type { BaseRequests, Inputs } from './base-request.ts';
import type { Case, CaseRequest, Expectation, HeaderText } from './case.ts';
import type { Place } from './places.ts';
import type { Random } from './random.ts';
import type { StatusRoles } from './statuses.ts';

export interface DeriveOptions {
  readonly contract: Contract;
  /** Configured inputs, by JSON pointer into the request. */
  readonly inputs: Inputs;
  /** Configured values of the path's parameters, by name. */
  readonly parameters?: Readonly<Record<string, number | string>>;
  readonly apiKey: string;
  /** Replays every random choice; the ids of the cases do not depend on it. */
  readonly seed: number;
  /** Off loopback, methods that might change something are sent without the key. */
  readonly isLoopback: boolean;
}

/** What the parts of the derivation share. */
export interface Workbench {
  readonly options: DeriveOptions;
  readonly contract: Contract;
  readonly index: SchemaIndex;
  /** The request schema. */
  readonly root: Node;
  readonly roles: StatusRoles;
  readonly random: Random;
  readonly base: BaseRequests;
  /** Places of the full body. */
  readonly places: readonly Place[];
  /** A valid body for each branch of a choice (anyOf, oneOf), wherever it is. */
  readonly alternatives: readonly Alternative[];
  readonly hasBody: boolean;
  /** The operation's path with its parameters bound. */
  readonly path: string;
  readonly headers: readonly (readonly [string, HeaderText])[];
  isValid(body: Json): boolean;
  isInput(pointer: string): boolean;
  request(body: string | Uint8Array | null, more?: Partial<CaseRequest>): CaseRequest;
  /** A request that says `document`, written as `text`. */
  json(document: Json, text?: string): CaseRequest;
  readonly accepted: Expectation;
  rejectedAs(statuses: readonly number[], faults: readonly string[] | null): Expectation;
  /** Open, or asserted where operation.json makes a rule of the assumption. */
  assumed(
    name: AssumptionName,
    rejectedStatuses: readonly number[],
    faults?: readonly string[] | null,
  ): { expectation: Expectation; rule: Case['rule'] };
  source(location: string, key: string): string;
}

export interface Alternative {
  /** Where the choice is: "" for the body itself. */
  readonly pointer: string;
  /** From 1. */
  readonly number: number;
  readonly body: Json;
}

/** A case, most of whose fields have a usual value. */
export function caseOf(
  one: Pick<Case, 'id' | 'title' | 'group' | 'rule' | 'requests' | 'expectation'> & Partial<Case>,
): Case {
  return { tags: [], isAuthorized: true, breaks: null, ...one };
}
