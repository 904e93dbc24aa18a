import { test } from './fixtures.ts';
import { processSettings } from './settings.ts';

/** Exhausts the quota on purpose, so it runs alone, after all other tests; by default on loopback only. */
const settings = processSettings();
const { contract, runsLimit, embeddedLimit, limitBaseUrl, target } = settings;
const isUnlimited = embeddedLimit === 'none' && limitBaseUrl === target.baseUrl;
const isDocumented = contract.operation.limit !== undefined || Object.hasOwn(contract.operation.responses, '429');

if (runsLimit && isDocumented && !isUnlimited) {
  test('keeps its limit, and the contract beyond it [limit]', { tag: '@limit' }, async ({ runLimitCases }) => {
    await runLimitCases();
  });
}
