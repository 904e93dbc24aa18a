import type { PointerOf } from '../lib/operation.ts';
import { valueAt } from '../lib/pointer.ts';
import type { Chat } from './generated/types.ts';

/** Fields of a chat that can only be there once something happened in it. */
const HISTORY = [
  '/closedBy',
  '/closedAt',
  '/rating',
  '/lastCustomerMessageAt',
  '/lastMessageAt',
  '/lastMessageText',
  '/lastMessageId',
  '/lastCommunicatedAgentId',
] as const satisfies readonly PointerOf<Chat>[];

/**
 * What of a chat contradicts that it was just created, without a message: neither the schema nor operation.json can say
 * it, since both are about any chat. [] if nothing does. Source: articles "Chat model" and "Create chat", example answer.
 */
export function newChatProblems(chat: Chat): string[] {
  return [
    ...(chat.status === 'empty' ? [] : [`/status: expected "empty", received ${JSON.stringify(chat.status)}`]),
    ...HISTORY.filter((pointer) => valueAt(chat, pointer) !== null).map(
      (pointer) =>
        `${pointer}: expected null, since nothing happened in the chat yet, received ${JSON.stringify(valueAt(chat, pointer))}`,
    ),
  ];
}
