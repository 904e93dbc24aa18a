import { ExitCode, gravest } from '../../contracts/lib/user-error.ts';

/** What the doctor looks at, in the order in which it is told. */
export type Subject =
  | 'node'
  | 'playwright'
  | 'k6'
  | 'browser'
  | 'contract'
  | 'target'
  | 'reachable'
  | 'clock'
  | 'key'
  | 'ids'
  | 'quota';

/** One line. */
export interface Finding {
  readonly subject: Subject;
  /** warning: works, but something is worth knowing. skipped: nothing could be found out. */
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly says: string;
  /** What to do about it; for each that failed. */
  readonly fix: string | null;
  /** Of one that failed. */
  readonly exitCode: ExitCode;
}

export const ok = (subject: Subject, says: string): Finding => finding(subject, 'ok', says, null, ExitCode.Ok);
export const skipped = (subject: Subject, says: string): Finding =>
  finding(subject, 'skipped', says, null, ExitCode.Ok);
export const warning = (subject: Subject, says: string, fix: string): Finding =>
  finding(subject, 'warning', says, fix, ExitCode.Ok);
/** Usage where something has to be set, Impossible where something is missing or does not answer. */
export const failed = (subject: Subject, says: string, fix: string, exitCode: ExitCode): Finding =>
  finding(subject, 'failed', says, fix, exitCode);

function finding(
  subject: Subject,
  state: Finding['state'],
  says: string,
  fix: string | null,
  exitCode: ExitCode,
): Finding {
  return { subject, state, says, fix, exitCode };
}

/** The gravest of what failed; 0 where nothing did. */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  return gravest(findings.filter(({ state }) => state === 'failed').map(({ exitCode }) => exitCode));
}
