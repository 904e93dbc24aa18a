import { expect, test } from 'vitest';
import article from './examples/201.valid.article.json' with { type: 'json' };
import type { Chat } from './generated/types.ts';
import { newChatProblems } from './new-chat.ts';

test("the article's own answer is a new chat", () => {
  expect(newChatProblems(article as Chat)).toEqual([]);
});

test('a chat with a state or a history is no new one', () => {
  const old = { ...article, status: 'closed', closedBy: 'agent', lastMessageAt: 1601556114 } as unknown as Chat;
  expect(newChatProblems(old).map((problem) => problem.split(':')[0])).toEqual([
    '/status',
    '/closedBy',
    '/lastMessageAt',
  ]);
});
