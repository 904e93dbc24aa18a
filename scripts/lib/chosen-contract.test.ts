import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_CONTRACT } from '../../contracts/lib/default-contract.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { chosenContract, chosenContractDirectory } from './chosen-contract.ts';
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

test('of several own contracts one has to be named; one alone, or the default one among them, need not', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'assay-chosen-'));
  try {
    const chosen = (env = {}) => basename(chosenContractDirectory({ ...testHost(env), cwd }));
    const add = (name: string) => {
      mkdirSync(join(cwd, 'contracts', name), { recursive: true });
      writeFileSync(join(cwd, 'contracts', name, 'operation.json'), '{}');
    };
    expect(chosen()).toBe(DEFAULT_CONTRACT);
    add('send-parcel');
    expect(chosen()).toBe('send-parcel');
    add('bake-bread');
    expect(() => chosen()).toThrow(
      expect.objectContaining({ why: 'contracts/ holds bake-bread, send-parcel', exitCode: ExitCode.Usage }),
    );
    expect(chosen({ ASSAY_CONTRACT: 'bake-bread' })).toBe('bake-bread');
    add(DEFAULT_CONTRACT);
    expect(chosen()).toBe(DEFAULT_CONTRACT);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
