import type { Contract } from '../lib/contract.ts';
import { responseRule } from '../lib/contract.ts';
import { fieldCode } from '../lib/operation.ts';
import { pointerTokens } from '../lib/pointer.ts';
import { codesOf, documentedCodes } from './codes.ts';
import type { SchemaIndex } from './schema-index.ts';
import { propertyNames, propertyNodes } from './schema-index.ts';
import { sourceOf } from './source.ts';
import { shown, type Violation } from './violation.ts';

/**
 * The codes of an error envelope: one that belongs to the status, none that belongs to another status only, and, where
 * the contract names fields, an entry for each field at fault and for no innocent one.
 *
 * `faults` are JSON pointers into the request; null: no single field is at fault, so fields are not asked for.
 */
export function errorCodeViolations(
  contract: Contract,
  index: SchemaIndex,
  status: number,
  body: unknown,
  faults: readonly string[] | null,
  request: unknown,
): Violation[] {
  const rule = responseRule(contract.operation, status);
  if (rule?.codes === undefined) return [];
  const codes = codesOf(body, documentedCodes(contract.operation));
  const violations: Violation[] = [];
  const source = sourceOf(contract, `operation.json#/responses/${status}/codes`, `responses.${status}`);
  if (!codes.some((code) => rule.codes?.includes(code)))
    violations.push({
      rule: 'error.code',
      pointer: null,
      expected: `the code ${rule.codes.map((code) => `"${code}"`).join(' or ')}`,
      received: codes.length === 0 ? 'no code' : shown(codes),
      source,
    });
  for (const [other, { codes: foreign }] of Object.entries(contract.operation.responses)) {
    const wrong = codes.find(
      (code) => other !== String(status) && foreign?.includes(code) && !rule.codes?.includes(code),
    );
    if (wrong !== undefined && !isField(contract, index, request, wrong))
      violations.push({
        rule: 'error.code',
        pointer: null,
        expected: `no code of another status`,
        received: `"${wrong}", which belongs to ${other}`,
        source,
      });
  }
  if (rule.fieldCodes === undefined || rule.fieldCodes === false || faults === null) return violations;

  const fieldSource = sourceOf(contract, `operation.json#/responses/${status}/fieldCodes`, `responses.${status}`);
  const named = codes.filter((code) => !rule.codes?.includes(code));
  for (const fault of faults) {
    const own = fieldCode(rule, fault);
    if (own === undefined ? named.some((code) => samePath(pathOf(code), pointerTokens(fault))) : codes.includes(own))
      continue;
    violations.push({
      rule: 'error.field',
      pointer: fault,
      expected: `an entry with the code "${own ?? pointerTokens(fault).join('.')}"`,
      received: named.length === 0 ? 'no entry for a field' : `entries for ${shown(named)}`,
      source: fieldSource,
    });
  }
  const ownCodes = typeof rule.fieldCodes === 'object' ? Object.entries(rule.fieldCodes) : [];
  const innocent = ownCodes.find(([pointer, code]) => codes.includes(code) && !faults.includes(pointer));
  if (innocent !== undefined && !ownCodes.some(([pointer, code]) => code === innocent[1] && faults.includes(pointer)))
    violations.push({
      rule: 'error.innocent-field',
      pointer: innocent[0],
      expected: `entries only for ${faults.map((fault) => pointerTokens(fault).join('.')).join(', ')}`,
      received: `the code ${innocent[1]}, for a field that is right`,
      source: fieldSource,
    });
  for (const code of named) {
    const path = pathOf(code);
    const isRelated = faults.some(
      (fault) => isPrefix(path, pointerTokens(fault)) || isPrefix(pointerTokens(fault), path),
    );
    if (isRelated || !isField(contract, index, request, code)) continue;
    violations.push({
      rule: 'error.innocent-field',
      pointer: `/${path.join('/')}`,
      expected: `entries only for ${faults.map((fault) => pointerTokens(fault).join('.')).join(', ')}`,
      received: `an entry for ${code}, which is right`,
      source: fieldSource,
    });
  }
  return violations;
}

/** "items[0].price", "items.0.price" and "/items/0/price" are one path. */
function pathOf(code: string): string[] {
  return code.split(/[.[\]/]+/).filter((part) => part !== '');
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && isPrefix(a, b);
}

function isPrefix(start: readonly string[], path: readonly string[]): boolean {
  return start.length <= path.length && start.every((part, at) => part === path[at]);
}

/** Whether a code is the path of a field of the request, as it was sent or as the schema knows it. */
function isField(contract: Contract, index: SchemaIndex, request: unknown, code: string): boolean {
  const [first = ''] = pathOf(code);
  if (typeof request === 'object' && request !== null && Object.hasOwn(request, first)) return true;
  const file = contract.operation.request.schema;
  const layers = index.layersOf({ file, schema: contract.schemas[file] ?? true }, request);
  return propertyNames(layers).includes(first) && propertyNodes(layers, first).length > 0;
}
