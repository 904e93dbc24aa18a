import type { Json } from '../lib/operation.ts';
import type { Formula } from './formula.ts';
import { Inclusion } from './inclusion.ts';
import {
  type ChangeKind,
  type Direction,
  type Level,
  NEW_RESPONSE_VALUE_RULES,
  type Policy,
  schemaRule,
} from './rules.ts';
import type { SchemaBundle } from './schema-bundle.ts';
import { type ProposedChange, proposeChanges } from './schema-changes.ts';

/** Compares two versions of one message's schema. */
export interface SchemaDiffOptions {
  readonly direction: Direction;
  readonly policy: Policy;
  /** What a new enum value or union member in a response is. */
  readonly newResponseValues: 'breaking' | 'warning';
  readonly seed: number;
  /** Values of the search without rules, where the model cannot decide. */
  readonly values: number;
}

/** A body that proves a break, as AJV confirmed on both sides. */
export interface Witness {
  readonly body: Json;
  readonly acceptedBy: 'old' | 'new';
  readonly refusedBy: 'old' | 'new';
  /** Where in the body, by which keyword, and what AJV says. */
  readonly pointer: string;
  readonly keyword: string;
  readonly message: string;
}

export interface SchemaFinding {
  readonly rule: string;
  readonly level: Level;
  readonly pointer: string;
  readonly old: Json;
  readonly new: Json;
  readonly witness: Witness | null;
  /** How far the level is certain. */
  readonly proof: string;
}

export type Verdict = 'breaking' | 'compatible' | 'no-counter-example';

export interface SchemaDiff {
  readonly verdict: Verdict;
  readonly proof: string;
  readonly findings: readonly SchemaFinding[];
}

export const PROOF = {
  equal: 'equal after normalising',
  subset: 'subset by rule',
  witness: 'witness confirmed by AJV on both sides',
  values: 'both values are shown',
} as const;

/** The words for what was neither proved nor refuted. */
export function noCounterExample(values: number, problem: string | null = null): string {
  const because = problem === null ? '' : `, because AJV cannot compile the schema: ${problem}`;
  return `no counter-example in ${values} values${because}`;
}

/** Changes that break nobody and that people should hear of all the same. */
const TOLD_AS_WARNING: readonly ChangeKind[] = [
  'property-removed',
  'required-property-removed',
  'additional-properties-closed',
];

export function diffSchemas(old: SchemaBundle, now: SchemaBundle, options: SchemaDiffOptions): SchemaDiff {
  const isRequest = options.direction === 'request';
  const isPragmatic = options.policy === 'pragmatic';
  const [source, target] = isRequest ? [old, now] : [now, old];
  const inclusion = new Inclusion(source, target, {
    isClosedSender: isPragmatic,
    isTolerantReader: isPragmatic && !isRequest,
    seed: options.seed,
    values: options.values,
  });
  const overall = inclusion.decide();
  if (overall.kind === 'subset' && (overall.isEqual || inclusion.isEquivalent())) {
    return { verdict: 'compatible', proof: PROOF.equal, findings: [] };
  }
  const sides = isRequest
    ? { old: { bundle: old, compiler: inclusion.source }, new: { bundle: now, compiler: inclusion.target } }
    : { old: { bundle: old, compiler: inclusion.target }, new: { bundle: now, compiler: inclusion.source } };
  const proposals = proposeChanges(inclusion, sides, isRequest);
  const isSubset = overall.kind === 'subset';
  const judged = (proposal: ProposedChange): SchemaFinding => {
    const others = proposals.filter((other) => other !== proposal).map(({ refused }) => refused);
    return judge(inclusion, proposal, others, isSubset, options);
  };
  const findings = proposals.filter(({ isFallback }) => !isFallback).map(judged);
  const isExplained = (): boolean => isSubset || findings.some(({ witness }) => witness !== null);
  for (const proposal of proposals) {
    if (!proposal.isFallback || isExplained()) continue;
    const finding = judged(proposal);
    if (finding.witness !== null) findings.push(finding);
  }
  if (!isExplained()) {
    const answer = overall.kind === 'witness' ? overall : inclusion.search();
    if (answer.kind === 'witness') findings.push(unplaced(inclusion, answer.body, options));
  }
  const isBreaking = findings.some(({ level }) => level === 'breaking');
  const isProved = isExplained();
  const verdict = isBreaking ? 'breaking' : isProved ? 'compatible' : 'no-counter-example';
  const proof =
    isBreaking || findings.some(({ witness }) => witness !== null)
      ? PROOF.witness
      : isSubset
        ? PROOF.subset
        : undecidedProof(inclusion, options);
  if (findings.length === 0) {
    const rule = schemaRule(options.direction, 'schema-changed');
    findings.push({ rule, level: 'info', pointer: '', old: null, new: null, witness: null, proof });
  }
  return { verdict, proof, findings };
}

function judge(
  inclusion: Inclusion,
  proposal: ProposedChange,
  others: readonly Formula[],
  isSubset: boolean,
  options: SchemaDiffOptions,
): SchemaFinding {
  const { kind, pointer, old, new: now } = proposal;
  const rule = schemaRule(options.direction, kind);
  const decided = isSubset ? null : inclusion.decide(proposal.refused);
  const answer = decided?.kind === 'unknown' ? inclusion.search(proposal.refused) : decided;
  if (answer?.kind === 'witness') {
    const alone = inclusion.isolated(answer.body, proposal.refused, others);
    const witness = witnessOf(inclusion, alone, options.direction, pointer);
    return { rule, level: breakingLevel(rule, options), pointer, old, new: now, witness, proof: PROOF.witness };
  }
  const proof = answer?.kind === 'unknown' ? undecidedProof(inclusion, options) : PROOF.subset;
  const level = TOLD_AS_WARNING.includes(kind) ? 'warning' : 'info';
  return { rule, level, pointer, old, new: now, witness: null, proof };
}

function undecidedProof(inclusion: Inclusion, options: SchemaDiffOptions): string {
  const problem = inclusion.oracleProblem();
  return noCounterExample(problem === null ? options.values : 0, problem);
}

/** A break that belongs to none of the changes proposed: it is told by what AJV says of its witness. */
function unplaced(inclusion: Inclusion, body: Json, options: SchemaDiffOptions): SchemaFinding {
  const witness = witnessOf(inclusion, body, options.direction);
  const rule = schemaRule(options.direction, 'schema-changed');
  return { rule, level: 'breaking', pointer: witness.pointer, old: null, new: null, witness, proof: PROOF.witness };
}

/** `expected`: where the change is; the failure nearest to it is the one that is shown. */
function witnessOf(inclusion: Inclusion, body: Json, direction: Direction, expected: string | null = null): Witness {
  const wanted = expected?.split('/') ?? [];
  const nearness = (pointer: string): number => {
    const tokens = pointer.split('/');
    const depth = tokens.findIndex((token, index) => wanted[index] !== token && wanted[index] !== '*');
    // Where nothing is expected, the keyword that failed deepest in the body says most.
    return expected === null ? tokens.length : depth < 0 ? tokens.length : depth - tokens.length / 100;
  };
  const [first] = [...inclusion.failures(body)].sort((a, b) => nearness(b.pointer) - nearness(a.pointer));
  return {
    body,
    acceptedBy: direction === 'request' ? 'old' : 'new',
    refusedBy: direction === 'request' ? 'new' : 'old',
    pointer: first?.pointer ?? '',
    keyword: first?.keyword ?? '',
    message: first?.message ?? '',
  };
}

function breakingLevel(rule: string, options: SchemaDiffOptions): Level {
  return NEW_RESPONSE_VALUE_RULES.includes(rule) ? options.newResponseValues : 'breaking';
}
