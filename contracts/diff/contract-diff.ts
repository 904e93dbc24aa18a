import type { Json } from '../lib/operation.ts';
import type { MessageBody, MessageContract, ResponseMessage } from './message-contract.ts';
import {
  CHANGE_KINDS,
  type ChangeKind,
  type Direction,
  type Level,
  NEW_RESPONSE_VALUE_RULES,
  OPERATION_RULES,
  type OperationRule,
  operationRuleLevel,
  type Policy,
} from './rules.ts';
import { bundleSchema, type SchemaSource } from './schema-bundle.ts';
import { diffSchemas, PROOF, type SchemaDiff, type Verdict, type Witness } from './schema-diff.ts';

/** Compares two versions of a contract: its messages by meaning, and what no schema says by value. */
export interface DiffOptions {
  readonly policy: Policy;
  /** What a new enum value, union member or error code in a response is. */
  readonly newResponseValues: 'breaking' | 'warning';
  readonly seed: number;
  readonly values: number;
}

export const DEFAULT_DIFF_OPTIONS: DiffOptions = {
  policy: 'pragmatic',
  newResponseValues: 'breaking',
  seed: 1,
  values: 1000,
};

export interface Change {
  /** Name of the operation, or of the schema file. */
  readonly operation: string;
  readonly rule: string;
  readonly level: Level;
  readonly direction: Direction;
  /** The status of the response, where the change is in one. */
  readonly status: string | null;
  readonly pointer: string;
  readonly old: Json;
  readonly new: Json;
  readonly witness: Witness | null;
  readonly proof: string;
  /** One sentence for people. */
  readonly message: string;
  /** Set by `applyAccepted`: a break that was agreed to. */
  readonly accepted: { readonly reason: string; readonly expires: string } | null;
}

/** `diff.json`. */
export interface ContractDiff {
  readonly schemaVersion: 1;
  readonly verdict: Verdict;
  readonly policy: Policy;
  readonly seed: number;
  readonly changes: readonly Change[];
}

const LEVELS: readonly Level[] = ['breaking', 'warning', 'info'];

/** Throws a UserError for a schema that is none. */
export function diffContracts(old: MessageContract, now: MessageContract, options: DiffOptions): ContractDiff {
  const context = new DiffContext(options, now.label);
  compareOperation(context, old, now);
  if (old.parameters !== null && now.parameters !== null)
    context.compareSchemas(old.parameters, now.parameters, 'request', null);
  compareRequest(context, old.request, now.request);
  compareResponses(context, old.responses, now.responses);
  return context.result();
}

/**
 * Compares sets of operations: those of one name, else those of one method and path, belong together; with one
 * operation on each side these two do.
 */
export function diffOperations(
  old: readonly MessageContract[],
  now: readonly MessageContract[],
  options: DiffOptions,
): ContractDiff {
  const [onlyOld, onlyNew] = [old[0], now[0]];
  if (old.length === 1 && now.length === 1 && onlyOld !== undefined && onlyNew !== undefined)
    return diffContracts(onlyOld, onlyNew, options);
  const left = new Set(now);
  const diffs: ContractDiff[] = [];
  for (const one of old) {
    const candidates = [...left];
    const other =
      candidates.find(({ label }) => label === one.label) ?? candidates.find((next) => isSameCall(one, next));
    const name = `${one.method} ${one.path}`;
    if (other === undefined) {
      const context = new DiffContext(options, one.label);
      context.add('operation-removed', 'request', { old: name, new: null });
      diffs.push(context.result());
    } else {
      left.delete(other);
      diffs.push(diffContracts(one, other, options));
    }
  }
  for (const other of left) {
    const context = new DiffContext(options, other.label);
    context.add('operation-added', 'request', { old: null, new: `${other.method} ${other.path}` });
    diffs.push(context.result());
  }
  return merged(diffs, options);
}

function isSameCall(left: MessageContract, right: MessageContract): boolean {
  return left.method === right.method && pathShape(left.path) === pathShape(right.path);
}

function merged(diffs: readonly ContractDiff[], { policy, seed }: DiffOptions): ContractDiff {
  const changes = diffs.flatMap((diff) => diff.changes);
  const isProved = diffs.every(({ verdict }) => verdict !== 'no-counter-example');
  return { schemaVersion: 1, verdict: verdictOf(changes, isProved), policy, seed, changes: sorted(changes) };
}

function sorted(changes: readonly Change[]): Change[] {
  return [...changes].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/** Compares two schemas alone, as messages of one direction. */
export function diffMessages(
  old: SchemaSource,
  now: SchemaSource,
  direction: Direction,
  options: DiffOptions,
): ContractDiff {
  const context = new DiffContext(options, now.file);
  context.compareSchemas(old, now, direction, null);
  return context.result();
}

/** The verdict over changes: accepted ones no longer count. */
export function verdictOf(changes: readonly Change[], isProved: boolean): Verdict {
  if (changes.some(({ level, accepted }) => level === 'breaking' && accepted === null)) return 'breaking';
  return isProved ? 'compatible' : 'no-counter-example';
}

class DiffContext {
  readonly options: DiffOptions;
  private readonly operation: string;
  private readonly changes: Change[] = [];
  private isProved = true;

  constructor(options: DiffOptions, operation: string) {
    this.options = options;
    this.operation = operation;
  }

  add(
    rule: OperationRule,
    direction: Direction,
    values: { old: Json; new: Json },
    more: { status?: string; pointer?: string } = {},
  ): void {
    const { policy, newResponseValues } = this.options;
    const byRule = operationRuleLevel(rule, policy);
    const isNewValue = NEW_RESPONSE_VALUE_RULES.includes(rule) && byRule === 'breaking';
    this.changes.push({
      operation: this.operation,
      rule,
      level: isNewValue ? newResponseValues : byRule,
      direction,
      status: more.status ?? null,
      pointer: more.pointer ?? '',
      ...values,
      witness: null,
      proof: PROOF.values,
      message: OPERATION_RULES[rule].says,
      accepted: null,
    });
  }

  compareSchemas(old: SchemaSource, now: SchemaSource, direction: Direction, status: string | null): void {
    const diff: SchemaDiff = diffSchemas(bundleSchema(old), bundleSchema(now), { ...this.options, direction });
    if (diff.verdict === 'no-counter-example') this.isProved = false;
    for (const finding of diff.findings) {
      const kind = finding.rule.slice(direction.length + 1) as ChangeKind;
      this.changes.push({
        operation: this.operation,
        ...finding,
        direction,
        status,
        message: CHANGE_KINDS[kind],
        accepted: null,
      });
    }
  }

  result(): ContractDiff {
    const { policy, seed } = this.options;
    const changes = sorted(this.changes);
    return { schemaVersion: 1, verdict: verdictOf(changes, this.isProved), policy, seed, changes };
  }
}

function compareOperation(context: DiffContext, old: MessageContract, now: MessageContract): void {
  const values = (left: Json, right: Json) => ({ old: left, new: right });
  if (old.method !== now.method) context.add('method-changed', 'request', values(old.method, now.method));
  if (pathShape(old.path) !== pathShape(now.path)) context.add('path-changed', 'request', values(old.path, now.path));
  if (old.baseUrl !== null && now.baseUrl !== null && old.baseUrl !== now.baseUrl)
    context.add('base-url-changed', 'request', values(old.baseUrl, now.baseUrl));
  if (old.auth !== now.auth) {
    const rule = old.auth === 'none' ? 'auth-added' : now.auth === 'none' ? 'auth-removed' : 'auth-changed';
    context.add(rule, 'request', values(old.auth, now.auth));
  }
  if (old.limit !== undefined && now.limit !== undefined) compareLimit(context, old.limit, now.limit);
}

/** A path whose parameters are only named differently is the same path. */
function pathShape(path: string): string {
  return path.replace(/\{[^}]*\}/g, '{}');
}

type Limit = Exclude<MessageContract['limit'], undefined>;

function compareLimit(context: DiffContext, old: Limit, now: Limit): void {
  const text = (limit: Limit): Json => (limit === null ? null : `${limit.requests}/${limit.windowSeconds}s`);
  const values = { old: text(old), new: text(now) };
  if (old === null || now === null) {
    if (old !== now) context.add(old === null ? 'limit-added' : 'limit-removed', 'request', values);
  } else if (values.old !== values.new) {
    context.add(isWithin(old, now) ? 'limit-raised' : 'limit-lowered', 'request', values);
  }
}

/** Does every client that keeps to `old` in any window of its length keep to `now` too? */
export function isWithin(old: NonNullable<Limit>, now: NonNullable<Limit>): boolean {
  const windows = Math.max(1, Math.ceil(now.windowSeconds / old.windowSeconds));
  return now.requests >= old.requests * windows;
}

function compareRequest(context: DiffContext, old: MessageBody | null, now: MessageBody | null): void {
  const shown = (body: MessageBody | null): Json => (body === null ? null : [...body.content.keys()]);
  if ((old === null || !old.isRequired) && now?.isRequired)
    context.add('request-body-added', 'request', { old: shown(old), new: shown(now) });
  else if (old?.isRequired && (now === null || !now.isRequired))
    context.add('request-body-optional', 'request', { old: shown(old), new: shown(now) });
  if (old === null || now === null) return;
  compareContent(context, old.content, now.content, 'request', null);
}

function compareContent(
  context: DiffContext,
  old: ReadonlyMap<string, SchemaSource | null>,
  now: ReadonlyMap<string, SchemaSource | null>,
  direction: Direction,
  status: string | null,
): void {
  const where = status === null ? {} : { status };
  for (const [type, schema] of old) {
    if (!now.has(type)) {
      context.add(`${direction}-media-type-removed`, direction, { old: type, new: null }, where);
      continue;
    }
    const other = now.get(type) ?? null;
    if (schema !== null || other !== null)
      context.compareSchemas(schema ?? anyBody, other ?? anyBody, direction, status);
  }
  for (const type of now.keys())
    if (!old.has(type)) context.add(`${direction}-media-type-added`, direction, { old: null, new: type }, where);
}

/** A body that nothing is said of. */
const anyBody: SchemaSource = { file: 'any', documents: new Map([['any', true]]) };

function isSuccess(status: string): boolean {
  return /^2/.test(status);
}

function compareResponses(
  context: DiffContext,
  old: ReadonlyMap<string, ResponseMessage>,
  now: ReadonlyMap<string, ResponseMessage>,
): void {
  const removed = [...old.keys()].filter((status) => !now.has(status));
  const added = [...now.keys()].filter((status) => !old.has(status));
  const [goneSuccess, newSuccess] = [removed.filter(isSuccess), added.filter(isSuccess)];
  const moved =
    goneSuccess.length === 1 && newSuccess.length === 1
      ? { from: goneSuccess[0] ?? '', to: newSuccess[0] ?? '' }
      : null;
  if (moved !== null) {
    context.add('success-status-changed', 'response', { old: moved.from, new: moved.to }, { status: moved.to });
    compareResponse(context, old.get(moved.from), now.get(moved.to), moved.to);
  }
  for (const status of removed) {
    if (status === moved?.from) continue;
    const rule = isSuccess(status) ? 'success-status-removed' : 'error-status-removed';
    context.add(rule, 'response', { old: status, new: null }, { status });
  }
  for (const status of added) {
    if (status === moved?.to) continue;
    const rule = isSuccess(status) ? 'success-status-added' : 'error-status-added';
    context.add(rule, 'response', { old: null, new: status }, { status });
  }
  for (const [status, response] of old) compareResponse(context, response, now.get(status), status);
}

function compareResponse(
  context: DiffContext,
  old: ResponseMessage | undefined,
  now: ResponseMessage | undefined,
  status: string,
): void {
  if (old === undefined || now === undefined) return;
  compareContent(context, old.content, now.content, 'response', status);
  if (old.codes !== null && now.codes !== null) compareCodes(context, old.codes, now.codes, status);
  if (old.fieldCodes !== null && now.fieldCodes !== null && old.fieldCodes !== now.fieldCodes) {
    const rule = now.fieldCodes ? 'field-codes-added' : 'field-codes-removed';
    context.add(rule, 'response', { old: old.fieldCodes, new: now.fieldCodes }, { status });
  }
}

function compareCodes(context: DiffContext, old: readonly string[], now: readonly string[], status: string): void {
  const hasNew = old.length > 0 && now.some((code) => !old.includes(code));
  const hasGone = old.some((code) => !now.includes(code));
  const values: { old: Json; new: Json } = { old: [...old], new: [...now] };
  if (hasNew || (old.length > 0 && now.length === 0)) context.add('error-code-added', 'response', values, { status });
  if (hasGone && now.length > 0) context.add('error-code-removed', 'response', values, { status });
  if (old.length === 0 && now.length > 0) context.add('error-code-documented', 'response', values, { status });
}
