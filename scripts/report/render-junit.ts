import type { Check } from './checks.ts';
import type { ReportModel } from './model.ts';
import { shown, shownLine, visible } from './shown-text.ts';

/**
 * `junit.xml`: one test case a check, in the form that CI systems read (testsuites > testsuite > testcase). A finding
 * is a failure, what could not be decided an error, what was not reached or is excused is skipped; observations pass
 * and say what they saw in system-out.
 */
export function renderJunit(model: ReportModel): string {
  const parts = model.answers.map(({ part }) => ({
    part,
    checks: model.checks.filter((check) => check.part === part),
  }));
  const suites = parts
    .filter(({ checks }) => checks.length > 0)
    .map(({ part, checks }) => {
      const startedAt = model.environments.find((one) => one.part === part)?.environment.startedAt;
      const timestamp = startedAt === undefined ? '' : ` timestamp="${attribute(startedAt.replace(/(\.\d+)?Z$/, ''))}"`;
      return `  <testsuite name="${part}"${totals(checks)}${timestamp}>\n${checks.map(testCase).join('')}  </testsuite>\n`;
    });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="assay"${totals(model.checks)}>\n${suites.join('')}</testsuites>\n`;
}

/** Characters of a message, and of each line under it. */
const MESSAGE_CHARACTERS = 300;
const LINE_CHARACTERS = 2000;

function totals(checks: readonly Check[]): string {
  const count = (outcome: Check['outcome']) => checks.filter((check) => check.outcome === outcome).length;
  const seconds = checks.reduce((sum, check) => sum + (check.seconds ?? 0), 0);
  return ` tests="${checks.length}" failures="${count('broken')}" errors="${count('undecided')}" skipped="${count('skipped')}" time="${seconds.toFixed(3)}"`;
}

function testCase(check: Check): string {
  const name = attribute(shownLine(`${check.id}: ${check.title}`, MESSAGE_CHARACTERS));
  const className = attribute(shownLine(`${check.part}.${check.group}`, MESSAGE_CHARACTERS));
  const open = `    <testcase classname="${className}" name="${name}" time="${(check.seconds ?? 0).toFixed(3)}"`;
  const message = check.message === null ? '' : shownLine(check.message, MESSAGE_CHARACTERS);
  const details = check.details.map(detail).join('\n');
  const inside = {
    holds: '',
    broken: `<failure message="${attribute(message)}" type="broken">${text(details)}</failure>`,
    undecided: `<error message="${attribute(message)}" type="undecided">${text(details)}</error>`,
    skipped: `<skipped message="${attribute(message)}"/>`,
    noted: `<system-out>${text([message, details].filter((part) => part !== '').join('\n'))}</system-out>`,
  }[check.outcome];
  return inside === '' ? `${open}/>\n` : `${open}>\n      ${inside}\n    </testcase>\n`;
}

function detail(line: string): string {
  const { text: head, cutFrom } = shown(line, LINE_CHARACTERS);
  return cutFrom === null ? head : `${head}… (${cutFrom} characters in all)`;
}

function text(value: string): string {
  return visible(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function attribute(value: string): string {
  return text(value).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}
