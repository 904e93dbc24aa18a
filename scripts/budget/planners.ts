import type { Contract } from '../../contracts/lib/contract.ts';
import { parseLimit } from '../../contracts/lib/limit-grammar.ts';
import { parseTarget } from '../../contracts/lib/target.ts';
import { derivedCases } from '../../contracts/suite/derived-cases.ts';
import { dayOf, readSettings } from '../../contracts/suite/settings.ts';
import { requestCost } from '../../load/lib/request-cost.ts';
import { parseLoadProfile } from '../../load/measurement/profile.ts';
import { type Host, withEnvironment } from '../lib/host.ts';
import { tiersOf } from '../limits/budget.ts';
import { profileVariables, type ThroughputOptions } from '../throughput/run-throughput.ts';
import { contractPlan, limitsPlan, type PartPlan, throughputPlan } from './plan.ts';

/** The plans of single commands, from what they are given. */

/** Of `assay contract` with these arguments for Playwright. */
export function planContract(host: Host, playwrightArgs: readonly string[]): PartPlan {
  const settings = readSettings(host.env, host.cwd, host.packageRoot, dayOf(host.now()));
  const value = (...names: string[]) => {
    const at = playwrightArgs.findIndex((arg) => names.some((name) => arg === name || arg.startsWith(`${name}=`)));
    const found = playwrightArgs[at];
    return found === undefined
      ? null
      : found.includes('=')
        ? found.replace(/^[^=]*=/, '')
        : (playwrightArgs[at + 1] ?? '');
  };
  const [only, never] = [value('--grep', '-g'), value('--grep-invert')];
  const isIn = (pattern: string | null, text: string) => pattern !== null && new RegExp(pattern, 'i').test(text);
  const chosen = derivedCases(settings).filter(({ title, id, tags }) => {
    const text = `${title} [${id}] ${tags.join(' ')}`;
    return (only === null || isIn(only, text)) && !isIn(never, text);
  });
  const shards = Number(/^\d+\/(\d+)$/.exec(value('--shard') ?? '')?.[1] ?? 1);
  const isLimitLeftOut = isIn(never, '@limit') || (only !== null && !isIn(only, '@limit [limit'));
  return contractPlan(isLimitLeftOut ? { ...settings, runsLimit: false } : settings, chosen, shards);
}

/** Of `assay limits`, with an expected limit or the documented one. */
export function planLimits(host: Host, { operation }: Contract, expect: string | null): PartPlan {
  const { isLoopback } = parseTarget(host.env, operation, { mayBeGiven: true });
  const documented = operation.limit === undefined ? [] : [operation.limit];
  const known = expect ?? host.env['ASSAY_EMBEDDED_LIMIT'] ?? null;
  return limitsPlan(known === null ? documented : tiersOf(parseLimit(known)), isLoopback, operation.method);
}

/** Of `assay throughput`. */
export function planThroughput(host: Host, contract: Contract, options: ThroughputOptions): PartPlan {
  const { operation } = contract;
  const { env } = withEnvironment(host, profileVariables(options));
  const target = parseTarget(env, operation, { mayBeGiven: true });
  const cost = requestCost(
    operation,
    env,
    (contract.givers ?? []).map((giver) => giver.operation),
  );
  const share = 1 / (options.segment?.of ?? 1);
  const plan = throughputPlan(parseLoadProfile(env, target, operation.limit, cost), cost, share);
  // A search ends when it knows enough: nobody knows when.
  return options.mode === 'breakpoint' ? { ...plan, about: null, atMost: null, ratePerSecond: null } : plan;
}
