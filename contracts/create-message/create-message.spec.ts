import { expect, test, typedOperation } from '../suite/index.ts';
import { type OperationTypes, operation } from './generated/contract.ts';
import { newMessageProblems } from './new-message.ts';

/** What neither the schemas nor operation.json can say of creating a message. */
const createMessage = typedOperation<OperationTypes>(operation);
const { assumptions } = operation.sources;

test.describe('create message', () => {
  test.skip(
    assumptions['sender-by-agent'].is !== 'asserted' || assumptions['new-message-is-untouched'].is !== 'asserted',
    'operation.json does not assume who a message is from, or that a new one is untouched',
  );

  test('answers a message from the customer where no agent is sent [new-message.customer]', {
    tag: '@smoke',
  }, async ({ api, target }) => {
    const response = await api.send(createMessage, {
      chat: Number(target.inputs['/chat']),
      text: 'Hello!',
      type: 'message',
    });
    await expect(response).toMatchContract('create-message', 200);
    expect(newMessageProblems(await response.json('200'), false)).toEqual([]);
  });

  for (const type of ['message', 'private'] as const)
    test(`answers a ${type} message from the agent that is sent [new-message.agent.${type}]`, async ({
      api,
      target,
    }) => {
      const { '/chat': chat, '/agent': agent } = target.inputs;
      test.skip(agent === undefined, 'ASSAY_AGENT_ID is not set');
      const response = await api.send(createMessage, {
        chat: Number(chat),
        text: 'Hello! How can I help you?',
        type,
        agent: Number(agent),
        markdownText: '**Hello!** How can I help you?',
      });
      await expect(response).toMatchContract('create-message', 200);
      expect(newMessageProblems(await response.json('200'), true)).toEqual([]);
    });
});
