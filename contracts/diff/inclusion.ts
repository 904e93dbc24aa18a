import type { Json, JsonSchema } from '../lib/operation.ts';
import { DocumentedShape } from './documented-shape.ts';
import { type Formula, FormulaStore } from './formula.ts';
import { isObject } from './json-value.ts';
import { definitionOf, ENTRY, type SchemaBundle } from './schema-bundle.ts';
import { compileSchemas, type SchemaCompiler } from './schema-formula.ts';
import { type OracleFailure, type SchemaOracle, schemaOracle } from './schema-oracle.ts';
import { shrunk } from './shrinking.ts';
import { Solver } from './solver.ts';
import { ValueSearch } from './value-search.ts';

/**
 * Is every body that may be sent (by `source`) accepted by those who read (by `target`)? A witness against it is
 * confirmed by AJV on both sides; "subset" is a proof of the model; and where there is neither, a seeded search has
 * looked in vain.
 */
export interface InclusionOptions {
  /** Senders send no property that `source` does not document. */
  readonly isClosedSender: boolean;
  /** Readers ignore properties that `target` does not document. */
  readonly isTolerantReader: boolean;
  readonly seed: number;
  /** Values of the search without rules. */
  readonly values: number;
}

export type InclusionAnswer =
  | { readonly kind: 'witness'; readonly body: Json }
  | { readonly kind: 'subset'; readonly isEqual: boolean }
  | { readonly kind: 'unknown'; readonly values: number };

/** Searches that free witnesses of other changes, in all. */
const MAX_ISOLATIONS = 100;

export class Inclusion {
  readonly store = new FormulaStore();
  readonly source: SchemaCompiler;
  readonly target: SchemaCompiler;
  readonly sourceFormula: Formula;
  readonly targetFormula: Formula;
  private readonly options: InclusionOptions;
  private readonly sourceBundle: SchemaBundle;
  private readonly targetBundle: SchemaBundle;
  private readonly sent: Formula;
  /** Holds of every body that the target refuses; for a tolerant reader, of those that even it refuses. */
  private readonly refused: Formula;
  private readonly closed: Formula;
  private readonly targetShape: DocumentedShape;
  private readonly sourceOracle: SchemaOracle;
  private readonly targetOracle: SchemaOracle;
  private readonly solver: Solver;
  private isolations = 0;

  constructor(source: SchemaBundle, target: SchemaBundle, options: InclusionOptions) {
    this.options = options;
    this.sourceBundle = source;
    this.targetBundle = target;
    const isTolerant = options.isTolerantReader && canBeOpened(target);
    const requests = [{ bundle: source }, { bundle: target }, ...(isTolerant ? [{ bundle: target, isTolerant }] : [])];
    const [first, second, third] = compileSchemas(this.store, requests);
    if (first === undefined || second === undefined) throw new Error('two schemas make two formulas');
    [this.source, this.target] = [first, second];
    this.sourceFormula = first.whole();
    this.targetFormula = second.whole();
    this.closed = options.isClosedSender
      ? new DocumentedShape(source).closedWorld(this.store, 'source')
      : this.store.true;
    this.sent = this.store.and([this.sourceFormula, this.closed]);
    this.refused = this.store.not((third ?? second).whole());
    this.targetShape = new DocumentedShape(target);
    this.sourceOracle = schemaOracle(source.schema);
    this.targetOracle = schemaOracle(target.schema);
    this.solver = new Solver(this.store);
  }

  /** AJV has it both ways, and so has the model: a float's rounding makes no witness. */
  isWitness(body: Json): boolean {
    if (this.store.holds(this.sourceFormula, body) === false) return false;
    if (this.store.holds(this.targetFormula, body) === true) return false;
    if (this.store.holds(this.closed, body) === false) return false;
    if (this.oracleProblem() !== null) return false;
    if (this.sourceOracle.accepts(body) !== true || this.targetOracle.accepts(body) !== false) return false;
    return !this.options.isTolerantReader || this.targetOracle.accepts(this.targetShape.pruned(body)) === false;
  }

  /** Why AJV cannot compile one of the schemas, if so: then nothing counts as a witness. */
  oracleProblem(): string | null {
    return this.sourceOracle.problem() ?? this.targetOracle.problem();
  }

  /** AJV's reasons to refuse a body on the target's side. */
  failures(body: Json): OracleFailure[] {
    return this.targetOracle.failures(body);
  }

  /** A shrunk witness of which `extra` holds; "subset": there is none. */
  decide(extra: Formula = this.store.true): InclusionAnswer {
    if (extra === this.store.true && this.sourceFormula === this.targetFormula) {
      return { kind: 'subset', isEqual: true };
    }
    const solution = this.solver.find(this.store.and([this.sent, this.refused, extra]), (body) => this.isWitness(body));
    if (solution.kind === 'empty') return { kind: 'subset', isEqual: false };
    if (solution.kind === 'unknown') return { kind: 'unknown', values: 0 };
    const stays = (body: Json): boolean => this.store.holds(extra, body) !== false && this.isWitness(body);
    return { kind: 'witness', body: shrunk(solution.value, stays) };
  }

  /**
   * A witness of `because` to which as few of the `others` contribute as can be: it shows one change, not several.
   * `body` is a witness to fall back on.
   */
  isolated(body: Json, because: Formula, others: readonly Formula[]): Json {
    const { store } = this;
    let goal = because;
    let best = body;
    for (const other of others) {
      const isClear = store.holds(other, best) === false;
      const narrower = store.and([goal, store.not(other)]);
      if (!isClear) {
        if (++this.isolations > MAX_ISOLATIONS) break;
        const answer = this.decide(narrower);
        if (answer.kind !== 'witness') continue;
        best = answer.body;
      }
      goal = narrower;
    }
    return best;
  }

  /** Looks for a witness of which `extra` holds without any rule, among `options.values` values. */
  search(extra: Formula = this.store.true): InclusionAnswer {
    const { seed, values } = this.options;
    const random = new ValueSearch(this.sourceBundle, [this.targetBundle], seed);
    const stays = (body: Json): boolean => this.store.holds(extra, body) !== false && this.isWitness(body);
    if (this.oracleProblem() !== null) return { kind: 'unknown', values: 0 };
    const known: Json[] = [];
    const first = this.solver.find(this.sent);
    if (first.kind === 'value') known.push(first.value);
    for (let count = 0; count < values; count++) {
      const body = random.next(known);
      if (this.sourceOracle.accepts(body) !== true) continue;
      if (stays(body)) return { kind: 'witness', body: shrunk(body, stays) };
      if (known.length < 50) known.push(body);
    }
    return { kind: 'unknown', values };
  }

  /** Bodies of the search without rules, whatever they prove. */
  *sampleValues(count: number): Generator<Json> {
    const random = new ValueSearch(this.sourceBundle, [this.targetBundle], this.options.seed);
    for (let made = 0; made < count; made++) yield random.next([]);
  }

  /** Do both schemas accept the same bodies, provably? */
  isEquivalent(): boolean {
    const { store } = this;
    return (
      this.sourceFormula === this.targetFormula ||
      (this.isEmpty(store.and([this.sourceFormula, store.not(this.targetFormula)])) &&
        this.isEmpty(store.and([this.targetFormula, store.not(this.sourceFormula)])))
    );
  }

  /** Is there provably no value of which `formula` holds? */
  isEmpty(formula: Formula): boolean {
    return this.solver.find(formula).kind === 'empty';
  }
}

/**
 * Opening closed objects stands for a reader who ignores what is not documented only where nothing else depends on
 * whether an object is closed, or on how many properties it has.
 */
function canBeOpened(bundle: SchemaBundle): boolean {
  const visited = new Set<unknown>();
  const isOpenable = (schema: unknown, isPlain: boolean): boolean => {
    if (!isObject(schema)) return true;
    if (visited.has(schema) && isPlain) return true;
    if (isPlain) visited.add(schema);
    const isClosed = schema['additionalProperties'] === false || schema['unevaluatedProperties'] === false;
    if (isClosed && (!isPlain || typeof schema['minProperties'] === 'number')) return false;
    return Object.entries(schema).every(([keyword, child]) => {
      if (keyword === '$ref') {
        const target = bundle.definitions.get(definitionOf(child)) ?? true;
        return isPlain ? isOpenable(target, true) : !reachesClosed(bundle, target);
      }
      if (keyword === 'properties' || keyword === 'patternProperties')
        return !isObject(child) || Object.values(child).every((one) => isOpenable(one, isPlain));
      if (keyword === 'allOf' || keyword === 'prefixItems')
        return !Array.isArray(child) || child.every((one) => isOpenable(one, isPlain));
      if (keyword === 'anyOf' || keyword === 'oneOf') {
        if (!Array.isArray(child)) return true;
        const objects = child.filter((branch) => mayBeObject(bundle, branch));
        return child.every((branch) => isOpenable(branch, isPlain && objects.length <= 1));
      }
      if (keyword === 'items' || keyword === 'additionalProperties') return isOpenable(child, isPlain);
      if (keyword === 'enum' || keyword === 'const') return true;
      return !reachesClosed(bundle, child);
    });
  };
  return isOpenable(bundle.definitions.get(ENTRY), true);
}

function mayBeObject(bundle: SchemaBundle, branch: unknown): boolean {
  if (!isObject(branch)) return branch !== false;
  if (branch['$ref'] !== undefined && branch['type'] === undefined)
    return mayBeObject(bundle, bundle.definitions.get(definitionOf(branch['$ref'])));
  const values = Array.isArray(branch['enum'])
    ? branch['enum']
    : Object.hasOwn(branch, 'const')
      ? [branch['const']]
      : null;
  if (values !== null) return values.some(isObject);
  return branch['type'] === undefined || [branch['type']].flat().includes('object');
}

/** Does any object under `schema` refuse properties that it does not document? */
function reachesClosed(bundle: SchemaBundle, schema: unknown): boolean {
  const visited = new Set<unknown>();
  const reaches = (node: unknown): boolean => {
    if (Array.isArray(node)) return node.some(reaches);
    if (!isObject(node) || visited.has(node)) return false;
    visited.add(node);
    if (node['additionalProperties'] === false || node['unevaluatedProperties'] === false) return true;
    return Object.entries(node).some(([keyword, child]) =>
      keyword === '$ref' && typeof child === 'string'
        ? reaches(bundle.definitions.get(definitionOf(child)) as JsonSchema | undefined)
        : reaches(child),
    );
  };
  return reaches(schema);
}
