import type { Contract } from '../../contracts/lib/contract.ts';
import { redactor } from '../../contracts/lib/redact.ts';
import { isLoopbackHost, parseHttpUrl } from '../../contracts/lib/target.ts';
import { type ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { withKnownInputs, withTarget } from '../embedded/embedded.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import { type Host, usesColor } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';
import { wrappedLines } from '../lib/wrapped-lines.ts';
import { openLedger } from '../results/ledger.ts';
import { exitCodeOf, type Finding, failed, ok } from './finding.ts';
import { machineFindings } from './machine.ts';
import { doctorJson, doctorLines } from './render-doctor.ts';
import { type Cost, targetFindings } from './target.ts';

export interface DoctorOptions {
  /** Send one valid request, which creates something, also where the target is not this machine. */
  readonly mayCreate: boolean;
  readonly format: 'text' | 'json';
}

/** `assay doctor`: what is installed, and whether the target is ready, line by line. The exit code is the gravest failure's. */
export async function runDoctor(options: DoctorOptions, host: Host): Promise<ExitCode> {
  const findings = await machineFindings(host, process.versions.node);
  let cost: Cost = { requests: 0, created: 0 };
  const contract = contractOrFinding(host);
  if ('state' in contract) findings.push(contract);
  else {
    const { name, operation } = contract;
    findings.push(ok('contract', `${name}: ${operation.method} ${operation.path}`));
    const { limit } = operation;
    const embeddedLimit = limit === undefined ? 'none' : `${limit.requests}/${limit.windowSeconds}s`;
    const asked = await withTarget(host, contract, embeddedLimit, (targeted) => {
      const found = targetFindings(
        contract,
        targetOptions(options, contract, targeted),
        withKnownInputs(targeted, contract),
      );
      return unlessAborted(found, host.signal, 'interrupted before all was asked');
    });
    findings.push(...asked.findings);
    cost = asked.cost;
  }
  const redact = redactor([host.env['ASSAY_API_KEY'], host.env['ASSAY_SECOND_API_KEY']]);
  const text =
    options.format === 'json'
      ? doctorJson(findings, cost)
      : wrappedLines(doctorLines(findings, cost, usesColor(host)), host);
  host.out(redact(text));
  return exitCodeOf(findings);
}

function contractOrFinding(host: Host): Contract | Finding {
  try {
    return chosenContract(host);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return failed('contract', `${error.message}: ${error.why}`, error.fix, error.exitCode);
  }
}

/** On this machine nothing that is created matters. */
function targetOptions({ mayCreate }: DoctorOptions, contract: Contract, host: Host) {
  const isLoopback = isLoopbackHost(parseHttpUrl(host.env['ASSAY_BASE_URL'] ?? '')?.host ?? '');
  const isEmbedded = (host.env['ASSAY_EMBEDDED_LIMIT'] ?? '') !== '';
  const redact = redactor([host.env['ASSAY_API_KEY'], host.env['ASSAY_SECOND_API_KEY']]);
  return {
    mayCreate: mayCreate || isLoopback,
    created(id: string | number | null) {
      if (isEmbedded) return;
      openLedger(outputDirectory(host), redact).append({
        at: host.now().toISOString(),
        phase: 'doctor',
        case: 'doctor',
        operation: contract.name,
        id,
      });
    },
  };
}
