import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { appendLine } from '../../contracts/suite/append-line.ts';
import { redacted } from './redacted.ts';

/**
 * `created.jsonl`: everything that a run created on the server, one JSON object a line, appended as it happens, so that
 * a run that dies leaves the lines of what it had created.
 */

/** What was created: one thing, or a count of things (throughput on loopback) with the lowest and highest id. */
export type LedgerEntry = {
  /** ISO 8601. */
  readonly at: string;
  /** The part of the run that created it. */
  readonly phase: 'contract' | 'limits' | 'throughput' | 'doctor';
  /** Name of the contract. */
  readonly operation: string;
  /** Id of the case, or what else sent the request. */
  readonly case: string;
} & (
  | { readonly id: string | number | null }
  | { readonly count: number; readonly firstId: string | number | null; readonly lastId: string | number | null }
);

export interface Ledger {
  /** Appends one line, whole or not at all. Throws UserError (exit code 3) where it cannot: nothing may be created unrecorded. */
  append(entry: LedgerEntry): void;
}

/** What a ledger says in all. */
export interface LedgerSummary {
  readonly created: number;
  readonly byPhase: Readonly<Record<string, number>>;
  /** Of each phase: case → things created. */
  readonly byCase: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Time of the first and of the last line, as they stand there; null: there is none. */
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  /** Lines of answers that named no id: what they created can be found by its time only. */
  readonly withoutId: number;
  /** Lines that could not be read: a run was killed while it wrote. */
  readonly damagedLines: number;
}

export function ledgerPath(out: string): string {
  return join(out, 'created.jsonl');
}

/** Opens the ledger of a results folder, which is made where it is missing. Lines that are there stay. */
export function openLedger(out: string, redact: (text: string) => string): Ledger {
  const path = ledgerPath(out);
  return {
    append(entry) {
      try {
        mkdirSync(out, { recursive: true });
        appendLine(path, JSON.stringify(redacted(entry, redact)));
      } catch (error) {
        throw new UserError(
          `cannot write ${path}`,
          {
            why: `${(error as Error).message}; nothing may be created without a record of it`,
            fix: 'make room or set ASSAY_OUT to a folder that can be written',
            exitCode: ExitCode.Impossible,
          },
          error,
        );
      }
    },
  };
}

/** Takes the ledger of an earlier run away: a run starts with none. */
export function removeLedger(out: string): void {
  rmSync(ledgerPath(out), { force: true });
}

/** What the ledger of a folder says; null where there is none. Damaged lines are counted and passed over. */
export function readLedger(out: string): LedgerSummary | null {
  let text: string;
  try {
    text = readFileSync(ledgerPath(out), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UserError(
      `${ledgerPath(out)} cannot be used`,
      { why: (error as Error).message, fix: 'take it away, or make it readable' },
      error,
    );
  }
  return summarizeLedger(text);
}

/** The same of a text. */
export function summarizeLedger(text: string): LedgerSummary {
  const byPhase = new Map<string, number>();
  const byCase = new Map<string, Map<string, number>>();
  const times: string[] = [];
  let withoutId = 0;
  let damagedLines = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const entry = parseEntry(line);
    if (entry === null) {
      damagedLines += 1;
      continue;
    }
    byPhase.set(entry.phase, (byPhase.get(entry.phase) ?? 0) + entry.created);
    const cases = byCase.get(entry.phase) ?? new Map<string, number>();
    byCase.set(entry.phase, cases.set(entry.case, (cases.get(entry.case) ?? 0) + entry.created));
    if (entry.at !== null) times.push(entry.at);
    if (!entry.hasId) withoutId += 1;
  }
  const created = [...byPhase.values()].reduce((sum, count) => sum + count, 0);
  return {
    created,
    byPhase: Object.fromEntries(byPhase),
    byCase: Object.fromEntries([...byCase].map(([phase, cases]) => [phase, Object.fromEntries(cases)])),
    firstAt: times[0] ?? null,
    lastAt: times.at(-1) ?? null,
    withoutId,
    damagedLines,
  };
}

interface ParsedEntry {
  readonly phase: string;
  readonly case: string;
  readonly at: string | null;
  readonly created: number;
  readonly hasId: boolean;
}

function parseEntry(line: string): ParsedEntry | null {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof entry !== 'object' || entry === null) return null;
  const { phase, count, at, id, firstId, case: name } = entry as Record<string, unknown>;
  if (count !== undefined && !(typeof count === 'number' && Number.isInteger(count) && count >= 0)) return null;
  return {
    phase: typeof phase === 'string' ? phase : 'other',
    case: typeof name === 'string' ? name.replace(/^request \d+$/, 'requests') : 'other',
    at: typeof at === 'string' ? at : null,
    created: count ?? 1,
    hasId: (id ?? firstId ?? null) !== null,
  };
}
