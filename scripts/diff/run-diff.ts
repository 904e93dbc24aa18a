import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AcceptedBreak, applyAccepted, parseAcceptedBreaks } from '../../contracts/diff/accepted-breaks.ts';
import {
  type ContractDiff,
  DEFAULT_DIFF_OPTIONS,
  type DiffOptions,
  diffMessages,
  diffOperations,
} from '../../contracts/diff/contract-diff.ts';
import type { MessageContract } from '../../contracts/diff/message-contract.ts';
import type { Direction, Policy } from '../../contracts/diff/rules.ts';
import { redactor } from '../../contracts/lib/redact.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { readNamedFile } from '../lib/files.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { writeResult } from '../results/results.ts';
import { changeLocator } from './change-location.ts';
import { type DiffSide, readSide } from './read-side.ts';
import { type DiffFormat, renderDiff } from './render-diff.ts';

export interface RunDiffOptions {
  readonly old: string;
  readonly new: string;
  /** Needed for two schema files, and only there. */
  readonly direction?: Direction | null;
  readonly policy?: Policy;
  /** `POST /chats`, or the name of a contract: only this operation. */
  readonly operation?: string | null;
  /** What a new enum value, union member or error code in a response is. */
  readonly newResponseValues?: 'breaking' | 'warning';
  /** File of accepted breaks; default contracts/accepted-breaks.json where there is one. */
  readonly accept?: string | null;
  readonly requireProof?: boolean;
  readonly seed?: number;
  /** Values of the search without rules. */
  readonly values?: number;
  readonly format?: DiffFormat;
}

const ACCEPTED_FILE = 'contracts/accepted-breaks.json';

/** `assay diff OLD NEW`: prints the changes, worst first, and writes diff.json. */
export async function runDiff(options: RunDiffOptions, host: Host): Promise<ExitCode> {
  const [old, now] = [await readSide(options.old, host.cwd), await readSide(options.new, host.cwd)];
  const diffOptions: DiffOptions = {
    policy: options.policy ?? DEFAULT_DIFF_OPTIONS.policy,
    newResponseValues: options.newResponseValues ?? DEFAULT_DIFF_OPTIONS.newResponseValues,
    seed: options.seed ?? DEFAULT_DIFF_OPTIONS.seed,
    values: options.values ?? DEFAULT_DIFF_OPTIONS.values,
  };
  const found = compare(old, now, options, diffOptions);
  const today = host.now().toISOString().slice(0, 10);
  const { diff, expired, unused } = applyAccepted(found, readAccepted(options.accept ?? null, host), today);
  for (const { rule, expires } of expired) host.err(`note: the acceptance of ${rule} ended on ${expires}\n`);
  for (const { rule } of unused) host.err(`note: the acceptance of ${rule} is not needed; it can be taken out\n`);
  const sides = { old: old.label, new: now.label };
  const redact = redactor([host.env['ASSAY_API_KEY'], host.env['ASSAY_SECOND_API_KEY']]);
  const locate = changeLocator(now);
  const result = { ...diff, sides, changes: diff.changes.map((change) => ({ ...change, location: locate(change) })) };
  writeResult(outputDirectory(host), 'diff', result, redact);
  host.out(redact(renderDiff(result, options.format ?? 'text', sides)));
  if (diff.verdict === 'breaking') return ExitCode.Finding;
  return diff.verdict === 'no-counter-example' && options.requireProof ? ExitCode.Undecided : ExitCode.Ok;
}

function compare(old: DiffSide, now: DiffSide, options: RunDiffOptions, diffOptions: DiffOptions): ContractDiff {
  if (old.kind === 'schema' && now.kind === 'schema') {
    const direction = options.direction ?? null;
    if (direction === null) {
      throw new UserError('the direction of the schemas is missing', {
        why: 'a schema file does not say whether clients send or receive such bodies',
        fix: 'add --direction request or --direction response',
      });
    }
    return diffMessages(old.source, now.source, direction, diffOptions);
  }
  if (old.kind === 'schema' || now.kind === 'schema') {
    throw new UserError('OLD and NEW cannot be compared', {
      why: `${old.kind === 'schema' ? old.label : now.label} is a schema, the other side a contract`,
      fix: 'name two contracts (folders, git refs, OpenAPI files) or two schema files',
    });
  }
  return diffOperations(chosen(old, options.operation), chosen(now, options.operation), diffOptions);
}

function chosen(
  side: DiffSide & { kind: 'operations' },
  wanted: string | null | undefined,
): readonly MessageContract[] {
  if (wanted === null || wanted === undefined) return side.operations;
  const text = wanted.trim().replace(/\s+/, ' ').toLowerCase();
  const found = side.operations.filter(({ label, method, path }) =>
    [label, `${method} ${path}`].some((name) => name.toLowerCase() === text),
  );
  if (found.length > 0) return found;
  throw new UserError(`${side.label} has no operation ${wanted}`, {
    why: `it has ${side.operations
      .map(({ method, path }) => `${method} ${path}`)
      .slice(0, 8)
      .join(', ')}`,
    fix: 'name one of these, such as --operation "POST /chats"',
  });
}

function readAccepted(file: string | null, host: Host): AcceptedBreak[] {
  const path = resolve(host.cwd, file ?? ACCEPTED_FILE);
  if (file === null && !existsSync(path)) return [];
  return parseAcceptedBreaks(readNamedFile(path, 'the accepted breaks'), file ?? ACCEPTED_FILE);
}
