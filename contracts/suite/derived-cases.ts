import type { Case } from '../cases/case.ts';
import { deriveCases } from '../cases/derive.ts';
import type { Target } from '../lib/target.ts';
import type { Settings } from './settings.ts';

const derived = new WeakMap<Settings, readonly Case[]>();

/** The cases of the contract in use. */
export function derivedCases(settings: Settings): readonly Case[] {
  let cases = derived.get(settings);
  if (cases === undefined) {
    cases = casesWith(settings, settings.target);
    derived.set(settings, cases);
  }
  return cases;
}

/** Those that other inputs would lead to. */
export function casesWith({ contract, seed }: Settings, target: Target): readonly Case[] {
  const { inputs, parameters, apiKey, isLoopback } = target;
  return deriveCases({ contract, inputs, parameters, apiKey, seed, isLoopback });
}
