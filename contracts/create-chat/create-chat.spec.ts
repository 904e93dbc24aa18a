import { expect, test, typedOperation } from '../suite/index.ts';
import { type OperationTypes, operation } from './generated/contract.ts';
import { newChatProblems } from './new-chat.ts';

/** What neither the schemas nor operation.json can say of creating a chat. */
const createChat = typedOperation<OperationTypes>(operation);

test.describe('create chat', () => {
  test.skip(
    operation.sources.assumptions['new-chat-is-empty'].is !== 'asserted',
    'operation.json does not assume that a new chat is empty',
  );

  test('answers an empty chat without history to the required fields [new-chat.required-only]', {
    tag: '@smoke',
  }, async ({ api, target }) => {
    const response = await api.send(createChat, {
      customer: Number(target.inputs['/customer']),
      application: Number(target.inputs['/application']),
    });
    await expect(response).toMatchContract('create-chat', 201);
    expect(newChatProblems(await response.json('201'))).toEqual([]);
  });

  test('answers an empty chat without history to every field [new-chat.full]', async ({ api, target }) => {
    const { '/assignee': assignee, '/department': department } = target.inputs;
    const response = await api.send(createChat, {
      customer: Number(target.inputs['/customer']),
      application: Number(target.inputs['/application']),
      ...(assignee === undefined ? {} : { assignee: Number(assignee) }),
      ...(department === undefined ? {} : { department: Number(department) }),
    });
    await expect(response).toMatchContract('create-chat', 201);
    expect(newChatProblems(await response.json('201'))).toEqual([]);
  });
});
