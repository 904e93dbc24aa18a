import { expect, test } from 'vitest';
import { chosenContract } from './chosen-contract.ts';
import { testHost } from './test-host.ts';

test('a mistyped contract is answered with the one that was meant, and with those that there are', () => {
  const choose = (name: string) => () => chosenContract(testHost({ ASSAY_CONTRACT: name }));
  expect(choose('create-chatt')).toThrow(
    expect.objectContaining({
      message: 'there is no contract create-chatt',
      why: expect.stringMatching(/create-chat, create-message$/),
      fix: 'Did you mean create-chat?',
    }),
  );
  expect(choose('orders')).toThrow(expect.objectContaining({ fix: expect.stringContaining('one of these') }));
  expect(choose('create-chat')().name).toBe('create-chat');
});
