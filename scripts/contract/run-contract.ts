import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isBudgetReason } from '../../contracts/lib/budget.ts';
import { secretForms } from '../../contracts/lib/redact.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import type { ContractResult } from '../../contracts/suite/contract-result.ts';
import { reachabilityProblem } from '../../contracts/suite/reachable.ts';
import { secretsOf } from '../../contracts/suite/run-case.ts';
import { dayOf, readSettings } from '../../contracts/suite/settings.ts';
import { hasTarget, startEmbeddedApi, withTarget } from '../embedded/embedded.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import { type Host, withEnvironment } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { wrappedLines } from '../lib/wrapped-lines.ts';
import { type GateOptions, gateEnvironment, withReporter } from './gate-options.ts';
import { findPlaywright, runPlaywright, suiteFiles } from './playwright.ts';
import { contractSummary } from './summary.ts';

export interface RunContractOptions {
  /** These go to Playwright as they are. */
  readonly playwrightArgs: readonly string[];
  readonly gates?: GateOptions;
}

/** Of the embedded API that @limit tests exhaust, where the caller brought none. */
const EMBEDDED_LIMIT = '120/5s';

/**
 * `assay contract`: the Playwright suite against the target, or against the embedded reference API: then the cases go
 * to an instance without a limit, and @limit tests to one with it. The exit code comes from contract.json. Throws UserError.
 */
export async function runContract(options: RunContractOptions, host: Host): Promise<ExitCode> {
  const { playwrightArgs } = options;
  const gated = withEnvironment(host, gateEnvironment(options.gates ?? {}));
  const contract = chosenContract(host);
  const isEmbedded = !hasTarget(gated) || !['none', undefined].includes(host.env['ASSAY_EMBEDDED_LIMIT']);
  if (isEmbedded) {
    // With a target set this calls back at once: it is the caller's own embedded API, and has a limit.
    return withTarget(gated, contract, EMBEDDED_LIMIT, async (limited) => {
      const apiKey = limited.env['ASSAY_API_KEY'] ?? '';
      const unlimited = await startEmbeddedApi(contract, apiKey, 'none');
      try {
        return await suiteRun(
          playwrightArgs,
          withEnvironment(limited, {
            ASSAY_BASE_URL: unlimited.baseUrl,
            ASSAY_LIMIT_BASE_URL: limited.env['ASSAY_BASE_URL'],
          }),
        );
      } finally {
        await unlimited.close();
      }
    });
  }
  return suiteRun(playwrightArgs, gated);
}

/** Arguments of Playwright that choose what is shown. */
const OWN_DISPLAY = /^(--reporter|--list|--ui|--debug|-c|--config)(=|$)/;

/** The suite against the target that `host` names. */
export async function suiteRun(playwrightArgs: readonly string[], host: Host): Promise<ExitCode> {
  const settings = readSettings(host.env, host.cwd, host.packageRoot, dayOf(host.now()));
  const program = findPlaywright(host);
  const problem = await reachabilityProblem(settings.target.baseUrl, host.env);
  if (problem !== null) throw problem;
  const { config, reporter } = suiteFiles(host.packageRoot);
  const resultFile = join(outputDirectory(host), 'contract.json');
  rmSync(resultFile, { force: true });
  const hasConfig = playwrightArgs.some((arg) => arg === '-c' || arg === '--config' || arg.startsWith('--config='));
  const args = [...(hasConfig ? [] : ['--config', config]), ...withReporter(playwrightArgs, reporter)];
  const secrets = secretsOf([settings.target.apiKey, settings.target.secondApiKey]).flatMap(secretForms);
  const problems: UserError[] = [];
  const code = await runPlaywright(
    program,
    args,
    host,
    settings.redact,
    Math.max(0, ...secrets.map((secret) => secret.length)),
    !playwrightArgs.some((arg) => OWN_DISPLAY.test(arg)),
    (problem) => problems.push(problem),
  );
  const hasResult = existsSync(resultFile);
  const result = hasResult ? (JSON.parse(readFileSync(resultFile, 'utf8')) as ContractResult) : null;
  if (result !== null) host.out(`\n${wrappedLines(contractSummary(result), host)}`);
  if (host.signal.aborted) return ExitCode.Interrupted;
  const [untold] = problems;
  if (untold !== undefined) throw untold;
  if (result !== null) {
    const exitCode = exitCodeOf(result);
    if (exitCode === ExitCode.Impossible) host.err(`${undecided(result).toText()}\n`);
    return exitCode;
  }
  if (code === 0) return ExitCode.Ok;
  if (code === null)
    throw new UserError('the contract suite gave no result', {
      why: 'Playwright was ended by a signal before it could tell',
      fix: 'see what ended it, such as a lack of memory, and run it again; created.jsonl has what was created until then',
      exitCode: ExitCode.Impossible,
    });
  throw new UserError('the contract suite gave no result', {
    why: `Playwright ended with exit code ${code} before any case ran; its own message is above`,
    fix: 'correct the arguments after `assay contract`, such as --grep, or see `npx playwright test --help`',
  });
}

function undecided({ reason }: Pick<ContractResult, 'reason'>): UserError {
  return new UserError('the contract suite came to no verdict', {
    why: reason ?? 'too little of it could be run',
    fix: 'see that the server runs, check ASSAY_API_KEY, and lower the pace of whoever else uses it; --min-reached sets how much is enough',
    exitCode: ExitCode.Impossible,
  });
}

/** A finding is a finding however much was left undecided beside it. */
export function exitCodeOf(result: Pick<ContractResult, 'verdict' | 'reason'>): ExitCode {
  if (result.verdict === 'broken') return ExitCode.Finding;
  if (result.verdict === 'undecided' && isBudgetReason(result.reason)) return ExitCode.Undecided;
  return result.verdict === 'holds' ? ExitCode.Ok : ExitCode.Impossible;
}
