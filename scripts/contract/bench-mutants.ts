import { redactor } from '../../contracts/lib/redact.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { DEFECTS, VARIATIONS } from '../reference-api/defects.ts';
import type { Defect, Variation } from '../reference-api/variants.ts';
import { pagePath, writeReport } from '../report/run-report.ts';
import { type MutantReport, mutantsPath, writeMutants } from '../results/mutants.ts';
import { type MutantOutcome, mutantOutcome, runMutant } from './mutants.ts';
import { runOwnSpecs } from './own-specs.ts';

/** Variants at once: most of their time is spent waiting for limits and deadlines. */
const AT_ONCE = 4;

/**
 * Mutation testing of the suite: each defect of the reference API must be caught, no harmless variation flagged.
 * `only`: ids to run; [] for all.
 */
export async function benchMutants(only: readonly string[], host: Host): Promise<ExitCode> {
  const contract = chosenContract(host);
  const startedMs = host.now().getTime();
  const variants = [...DEFECTS, ...VARIATIONS].filter(
    (variant) => (variant.isIn?.(contract) ?? true) && (only.length === 0 || only.includes(variant.id)),
  );
  const outcomes = new Map<string, MutantOutcome>();
  const judge = async (variant: Defect | Variation): Promise<MutantOutcome> => {
    const isOwn = 'needs' in variant && variant.needs === 'own-spec';
    return mutantOutcome(
      variant,
      isOwn ? await runOwnSpecs(contract, variant.id, host) : await runMutant(contract, variant),
    );
  };
  const queue = [...variants];
  const worker = async () => {
    for (let variant = queue.shift(); variant !== undefined && !host.signal.aborted; variant = queue.shift()) {
      const outcome = await judge(variant);
      outcomes.set(variant.id, outcome);
      if (!outcome.isRight)
        host.out(
          `${outcome.group === 'variation' ? 'FLAGGED' : 'MISSED'}  ${outcome.id}: ${outcome.title}${outcome.firstFinding === null ? '' : ` (${outcome.firstFinding})`}\n`,
        );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (host.signal.aborted) return ExitCode.Interrupted;

  const ordered = variants.map((variant) => outcomes.get(variant.id)).filter((outcome) => outcome !== undefined);
  const report = mutantReport(contract.name, ordered, (host.now().getTime() - startedMs) / 1000);
  const out = outputDirectory(host);
  writeMutants(out, report, redactor([host.env['ASSAY_API_KEY']]));
  host.out(mutantTable(report));
  host.out(`written to ${mutantsPath(out)}\n`);
  if (writeReport(out, host) !== null) host.out(`report: ${pagePath(out)}\n`);
  return ordered.every((outcome) => outcome.isRight) ? ExitCode.Ok : ExitCode.Finding;
}

export function mutantReport(contract: string, outcomes: readonly MutantOutcome[], seconds: number): MutantReport {
  const defects = outcomes.filter((outcome) => outcome.group !== 'variation');
  const variations = outcomes.filter((outcome) => outcome.group === 'variation');
  const byRule: Record<string, { defects: number; alone: number }> = {};
  for (const { caughtBy } of defects) {
    const rules = Object.keys(caughtBy);
    for (const rule of rules) {
      const known = byRule[rule] ?? { defects: 0, alone: 0 };
      byRule[rule] = { defects: known.defects + 1, alone: known.alone + (rules.length === 1 ? 1 : 0) };
    }
  }
  return {
    schemaVersion: 1,
    contract,
    defects: { caught: defects.filter((outcome) => outcome.isRight).length, of: defects.length },
    variations: { flagged: variations.filter((outcome) => !outcome.isRight).length, of: variations.length },
    outcomes,
    byRule: Object.fromEntries(
      Object.entries(byRule).sort(([a, x], [b, y]) => y.defects - x.defects || a.localeCompare(b)),
    ),
    seconds,
  };
}

function mutantTable(report: MutantReport): string {
  const groups = [...new Set(report.outcomes.map((outcome) => outcome.group))];
  const lines = groups.map((group) => {
    const here = report.outcomes.filter((outcome) => outcome.group === group);
    const right = here.filter((outcome) => outcome.isRight).length;
    return `  ${group.padEnd(12)} ${String(right).padStart(4)} of ${String(here.length).padStart(3)} ${group === 'variation' ? 'left alone' : 'caught'}`;
  });
  const rules = Object.entries(report.byRule).map(
    ([rule, { defects, alone }]) =>
      `  ${rule.padEnd(28)} ${String(defects).padStart(4)}  ${String(alone).padStart(4)} alone`,
  );
  return `\ndefects caught: ${report.defects.caught} of ${report.defects.of}; variations flagged: ${report.variations.flagged} of ${report.variations.of}; ${report.seconds.toFixed(0)} s\n${lines.join('\n')}\n\ncheck                        defects\n${rules.join('\n')}\n`;
}
