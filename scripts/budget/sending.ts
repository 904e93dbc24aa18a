import { type BudgetLimits, hasLimits } from '../../contracts/lib/budget.ts';
import type { Contract } from '../../contracts/lib/contract.ts';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { standIns } from '../../contracts/lib/given-inputs.ts';
import { isLoopbackHost, parseHttpUrl, parseTarget } from '../../contracts/lib/target.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { hasTarget } from '../embedded/embedded.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import { type Host, withEnvironment } from '../lib/host.ts';
import { wrappedLines } from '../lib/wrapped-lines.ts';
import { formatCount } from '../report/numbers.ts';
import { mostInAll, type PartPlan, planLines } from './plan.ts';
import { type BudgetOptions, budgetLimits, withBudget } from './with-budget.ts';

/** Options of each command that sends requests. */
export interface SendingOptions extends BudgetOptions {
  readonly insecure?: boolean;
  /** Say what would be done, and do nothing. */
  readonly dryRun?: boolean;
}

/** What the parts of a command will cost; the host's environment names a target. */
export type Planner = (host: Host, contract: Contract) => readonly PartPlan[];

/**
 * Calls `run` within the budgets. Where the target is not this machine, it says beforehand what will be sent, and what
 * it says at most is the budget where none was given. Throws UserError for a target that is not usable.
 */
export async function sending(
  planner: Planner,
  options: SendingOptions,
  host: Host,
  run: (host: Host) => Promise<ExitCode>,
): Promise<ExitCode> {
  const secured = options.insecure === true ? withEnvironment(host, { ASSAY_INSECURE: '1' }) : host;
  const limits = budgetLimits(options, secured);
  if (!hasTarget(secured) || isThisMachine(secured)) return withBudget(limits, secured, run);
  const contract = chosenContract(secured);
  // Before anything else: consent.
  parseTarget({ ...secured.env, ...standIns(contract.operation, secured.env) }, contract.operation);
  const parts = planner(secured, contract);
  const announced = withAnnounced(limits, parts);
  host.err(wrappedLines(announcement(parts, announced, contract, secured), { isOutputTerminal: host.isTerminal }));
  return withBudget(announced, secured, run);
}

/** `--dry-run`: says the same on standard output, for any target, and sends nothing; `format` "json" for programs. */
export function dryRun(planner: Planner, options: SendingOptions, host: Host, format: string | undefined): ExitCode {
  const contract = chosenContract(host);
  const stranger = hasTarget(host) ? null : embeddedTarget(contract);
  const named = parseHttpUrl((host.env['ASSAY_BASE_URL'] ?? '').replace(/\/+$/, ''))?.host ?? '';
  // What would be done may be asked before it is allowed.
  const allowed = `${host.env['ASSAY_ALLOW_HOST'] ?? ''} ${named}`;
  const planned = withEnvironment(host, { ...stranger, ASSAY_ALLOW_HOST: allowed });
  parseTarget({ ...planned.env, ...standIns(contract.operation, planned.env) }, contract.operation);
  const parts = planner(planned, contract);
  const given = budgetLimits(options, host);
  const limits = isThisMachine(planned) ? given : withAnnounced(given, parts);
  const names = (host.env['ASSAY_ALLOW_HOST'] ?? '').toLowerCase().split(/[\s,]+/);
  const isAllowed = isThisMachine(planned) || names.includes(named);
  if (format === 'json') {
    const { method, path } = contract.operation;
    const target = stranger === null ? host.env['ASSAY_BASE_URL'] : 'embedded';
    host.out(`${JSON.stringify({ operation: `${method} ${path}`, target, isAllowed, parts, limits }, null, 1)}\n`);
    return ExitCode.Ok;
  }
  const lines = announcement(parts, limits, contract, planned, stranger !== null);
  const consent = isAllowed ? [] : [`to allow it: ASSAY_ALLOW_HOST=${named}`];
  host.out(wrappedLines([...lines, ...consent, 'dry run: nothing was sent'], host));
  return ExitCode.Ok;
}

/** As commands start it. */
const ASSAY_EMBEDDED_LIMIT = '120/10s';

function embeddedTarget(contract: Contract): Record<string, string> {
  const inputs = embeddedInputs(contract, { withGiven: true });
  return { ...inputs, ASSAY_BASE_URL: 'http://127.0.0.1:9', ASSAY_API_KEY: 'the-embedded-key', ASSAY_EMBEDDED_LIMIT };
}

function isThisMachine(host: Host): boolean {
  return isLoopbackHost(parseHttpUrl((host.env['ASSAY_BASE_URL'] ?? '').replace(/\/+$/, ''))?.host ?? '');
}

function withAnnounced(limits: BudgetLimits, parts: readonly PartPlan[]): BudgetLimits {
  const most = mostInAll(parts);
  return {
    maxRequests: limits.maxRequests ?? most?.requests ?? null,
    maxCreated: limits.maxCreated ?? most?.created ?? null,
    maxSeconds: limits.maxSeconds ?? most?.seconds ?? null,
  };
}

function announcement(
  parts: readonly PartPlan[],
  limits: BudgetLimits,
  { operation }: Contract,
  host: Host,
  isEmbedded = false,
): string[] {
  const where = isEmbedded ? 'an embedded reference API on this machine' : host.env['ASSAY_BASE_URL'];
  const ends = [
    ...(limits.maxRequests === null ? [] : [`${formatCount(limits.maxRequests)} requests`]),
    ...(limits.maxCreated === null ? [] : [`${formatCount(limits.maxCreated)} things created`]),
    ...(limits.maxSeconds === null ? [] : [`${formatCount(limits.maxSeconds)} s`]),
  ];
  return [
    `about to send ${operation.method} ${operation.path} to ${where}:`,
    ...planLines(parts),
    ...(hasLimits(limits) ? [`  it ends at ${ends.join(', or ')}, whichever comes first`] : []),
    ...(isEmbedded ? [] : ['  each accepted request creates something there; created.jsonl will list it']),
  ];
}
