import type { Contract } from '../lib/contract.ts';
import { type BrokenRule, brokenRules } from './broken-rules.ts';
import type { SchemaIndex } from './schema-index.ts';
import { sourceOf } from './source.ts';
import { shown, type Violation } from './violation.ts';

/** Most broken rules of one answer that are listed. */
const MOST_LISTED = 20;

/** What a body breaks of a schema file, each in words. `key` is the entry of `sources` that names the document. */
export function schemaViolations(
  contract: Contract,
  index: SchemaIndex,
  file: string,
  body: unknown,
  key: string,
): Violation[] {
  return brokenRules(index, { file, schema: contract.schemas[file] ?? true }, body)
    .slice(0, MOST_LISTED)
    .map((broken) => ({
      rule: `schema.${broken.keyword}`,
      pointer: broken.pointer,
      expected: expectedBy(broken),
      received:
        broken.keyword === 'required' || broken.keyword === 'dependentRequired' ? 'no such field' : shown(broken.value),
      source: sourceOf(contract, broken.location, key),
    }));
}

/** What a keyword asks for, in words. */
export function expectedBy({ keyword, rule }: Pick<BrokenRule, 'keyword' | 'rule'>): string {
  switch (keyword) {
    case 'type':
      return [rule].flat().join(' or ');
    case 'enum':
      return `one of ${(rule as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'const':
      return JSON.stringify(rule);
    case 'minimum':
      return `at least ${rule}`;
    case 'exclusiveMinimum':
      return `more than ${rule}`;
    case 'maximum':
      return `at most ${rule}`;
    case 'exclusiveMaximum':
      return `less than ${rule}`;
    case 'multipleOf':
      return `a multiple of ${rule}`;
    case 'minLength':
      return `at least ${rule} characters`;
    case 'maxLength':
      return `at most ${rule} characters`;
    case 'pattern':
      return `a text that matches ${rule}`;
    case 'format':
      return `the format ${rule}`;
    case 'minItems':
      return `at least ${rule} items`;
    case 'maxItems':
      return `at most ${rule} items`;
    case 'uniqueItems':
      return 'no item twice';
    case 'required':
    case 'dependentRequired':
      return 'the field to be there';
    case 'additionalProperties':
    case 'unevaluatedProperties':
    case 'false':
      return 'no such field';
    case 'anyOf':
    case 'oneOf':
      return `${keyword === 'oneOf' ? 'exactly one' : 'one'} of ${(rule as unknown[]).map(nameOf).join(', ')}`;
    default:
      return `${keyword} ${JSON.stringify(rule)?.slice(0, 200)}`;
  }
}

function nameOf(branch: unknown): string {
  if (typeof branch !== 'object' || branch === null) return String(branch);
  const {
    $ref,
    title,
    type,
    const: constant,
  } = branch as { $ref?: string; title?: string; type?: unknown; const?: unknown };
  if (typeof $ref === 'string') return $ref.replace(/^.*[/#]/, '');
  if (typeof title === 'string') return title;
  if (constant !== undefined) return JSON.stringify(constant);
  return type === undefined ? JSON.stringify(branch).slice(0, 60) : [type].flat().join(' or ');
}
