import type { Message } from './generated/types.ts';

/**
 * What of a message contradicts that it was just created with or without an agent: neither the schema nor operation.json
 * can say it. [] if nothing does. Source: articles "Create message" and "Message model".
 */
export function newMessageProblems(message: Message, isFromAgent: boolean): string[] {
  const sender = isFromAgent ? 'agent' : 'customer';
  const problems: [pointer: string, expected: string, received: unknown, holds: boolean][] = [
    ['/from', `"${sender}"`, message.from, message.from === sender],
    ['/agent', isFromAgent ? 'an agent' : 'null', message.agent, (message.agent !== null) === isFromAgent],
    ['/edited', 'false', message.edited, message.edited === false],
    ['/broadcastType', 'null', message.broadcastType, message.broadcastType === null],
  ];
  return problems
    .filter(([, , , holds]) => !holds)
    .map(([pointer, expected, received]) => `${pointer}: expected ${expected}, received ${JSON.stringify(received)}`);
}
