import { expect, test } from 'vitest';
import fromAgent from './examples/200.valid.agent.json' with { type: 'json' };
import fromCustomer from './examples/200.valid.customer.json' with { type: 'json' };
import type { Message } from './generated/types.ts';
import { newMessageProblems } from './new-message.ts';

test('the examples are new messages of their senders', () => {
  expect(newMessageProblems(fromAgent as Message, true)).toEqual([]);
  expect(newMessageProblems(fromCustomer as Message, false)).toEqual([]);
});

test('a message of another sender, or with a history, is no new one', () => {
  const pointers = (message: object, isFromAgent: boolean) =>
    newMessageProblems(message as Message, isFromAgent).map((problem) => problem.split(':')[0]);
  expect(pointers(fromAgent, false)).toEqual(['/from', '/agent']);
  expect(pointers(fromCustomer, true)).toEqual(['/from', '/agent']);
  expect(pointers({ ...fromAgent, edited: true, broadcastType: 'trigger' }, true)).toEqual([
    '/edited',
    '/broadcastType',
  ]);
});
