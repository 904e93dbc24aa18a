import { derivedCases } from './derived-cases.ts';
import { test } from './fixtures.ts';
import { processSettings } from './settings.ts';

/** One test for each case that the contract in use leads to. */
const settings = processSettings();
for (const one of derivedCases(settings)) {
  test(`${one.title} [${one.id}]`, { tag: [...one.tags] }, async ({ runDerived }) => {
    await runDerived(one);
  });
}
