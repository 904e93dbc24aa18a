import { test } from './fixtures.ts';
import { processSettings } from './settings.ts';

/** What gives an input, and the operation that takes it, one after the other, each held to its contract. */
const { contract } = processSettings();
const givers = (contract.givers ?? []).map((giver) => giver.name);

if (givers.length > 0) {
  test(`${givers.join(', ')} and then ${contract.name} with what they gave, twice [flow]`, {
    tag: '@smoke',
  }, async ({ runFlowCase }) => {
    await runFlowCase();
  });
}
