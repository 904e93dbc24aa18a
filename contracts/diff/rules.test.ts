import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHANGE_KINDS, OPERATION_RULES, type OperationRule, operationRuleLevel } from './rules.ts';

/** Tables are padded by the formatter. */
const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8').replace(/ +/g, ' ');

test('every rule is documented with its text and levels, and nothing else is', () => {
  const rows = [...readme.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map(([, id, rest]) => [id, rest]);
  const kinds = Object.entries(CHANGE_KINDS).map(([kind, says]) => [kind, says]);
  const rules = (Object.keys(OPERATION_RULES) as OperationRule[]).map((rule) => [
    rule,
    `${operationRuleLevel(rule, 'pragmatic')} | ${operationRuleLevel(rule, 'strict')} | ${OPERATION_RULES[rule].says}`,
  ]);
  const verdicts = ['breaking', 'compatible', 'no-counter-example'];
  expect(rows.filter(([id]) => !verdicts.includes(id ?? ''))).toEqual([...kinds, ...rules]);
});
