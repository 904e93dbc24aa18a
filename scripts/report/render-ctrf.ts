import type { Check } from './checks.ts';
import type { ReportModel } from './model.ts';
import { shown, shownLine, visible } from './shown-text.ts';

/**
 * `ctrf.json`: the checks in the Common Test Report Format (ctrf.io, schema 0.0.0), for tools that read one format of
 * all test runners. What was only noted passes, what could not be decided is "other"; `rawStatus` keeps our word.
 * `nowMs` stands for the start where no part of the run tells one (ms since 1970).
 */
export function renderCtrf(model: ReportModel, assayVersion: string, nowMs: number): string {
  const spans = model.environments.map(({ environment }) => {
    const startMs = Date.parse(environment.startedAt);
    return { startMs, stopMs: startMs + Math.round((environment.seconds ?? 0) * 1000) };
  });
  const start = spans.length === 0 ? nowMs : Math.min(...spans.map(({ startMs }) => startMs));
  const stop = Math.max(start, ...spans.map(({ stopMs }) => stopMs));
  const tests = model.checks.map(test);
  const count = (status: Status) => tests.filter((one) => one.status === status).length;
  const report = {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    generatedBy: `assay ${assayVersion}`,
    results: {
      tool: { name: 'assay', version: assayVersion },
      summary: {
        tests: tests.length,
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        pending: count('pending'),
        other: count('other'),
        suites: new Set(model.checks.map(({ part, group }) => JSON.stringify([part, group]))).size,
        start,
        stop,
        duration: stop - start,
      },
      tests,
    },
  };
  return `${JSON.stringify(report)}\n`;
}

type Status = 'passed' | 'failed' | 'skipped' | 'pending' | 'other';
const STATUS: Readonly<Record<Check['outcome'], Status>> = {
  holds: 'passed',
  broken: 'failed',
  undecided: 'other',
  noted: 'passed',
  skipped: 'skipped',
};

/** Characters of a message, and of each line under it. */
const MESSAGE_CHARACTERS = 300;
const LINE_CHARACTERS = 2000;

function test(check: Check) {
  return {
    name: shownLine(`${check.id}: ${check.title}`, MESSAGE_CHARACTERS),
    status: STATUS[check.outcome],
    duration: Math.round((check.seconds ?? 0) * 1000),
    suite: [check.part, visible(shownLine(check.group, MESSAGE_CHARACTERS))],
    ...(check.message === null ? {} : { message: shownLine(check.message, MESSAGE_CHARACTERS) }),
    ...(check.details.length === 0
      ? {}
      : { trace: check.details.map((line) => shown(line, LINE_CHARACTERS).text).join('\n') }),
    rawStatus: check.outcome,
  };
}
