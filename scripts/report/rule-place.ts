import { pointerTokens, toPointer } from '../../contracts/lib/pointer.ts';
import type { ThroughputResult } from '../results/results.ts';

/** Where in a contract a rule is written that a load saw broken: throughput.json names rules, not places. */

type Example = ThroughputResult['contract']['examples'][number];

/**
 * "chat.schema.json#/properties/createdAt/type": file of the contract folder and pointer, as far as both are told; the
 * nearest place around it is meant. "" where no file of the contract holds the rule.
 */
export function rulePlace({ rule, status, pointer }: Example, texts: Readonly<Record<string, string>>): string {
  const response = `/responses/${status ?? ''}`;
  if (rule.startsWith('schema.')) {
    const file = schemaOf(String(status ?? ''), texts['operation.json']);
    return file === null ? `operation.json#${response}` : `${file}#${schemaPointer(pointer ?? '')}`;
  }
  if (rule.startsWith('error.')) return `operation.json#${response}/codes`;
  if (rule === 'content-type' || rule === 'body.json') return `operation.json#${response}`;
  if (rule === 'status') return 'operation.json#/responses';
  if (rule === 'echo') return 'operation.json#/echo';
  return rule.startsWith('created.') ? 'operation.json#/created' : '';
}

/** The place in a schema of the place in a body: "/agents/*\/id" → "/properties/agents/items/properties/id". */
function schemaPointer(pointer: string): string {
  return pointerTokens(pointer)
    .map((token) => (/^(\*|\d+)$/.test(token) ? '/items' : `/properties${toPointer([token])}`))
    .join('');
}

function schemaOf(status: string, operation: string | undefined): string | null {
  try {
    const { responses } = JSON.parse(operation ?? '') as { responses?: Record<string, { schema?: unknown }> };
    const schema = responses?.[status]?.schema;
    return typeof schema === 'string' ? schema : null;
  } catch {
    return null;
  }
}
