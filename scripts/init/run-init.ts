import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import { writeWhole } from '../lib/files.ts';
import type { Host } from '../lib/host.ts';
import { wrappedLines } from '../lib/wrapped-lines.ts';
import { type CiSystem, type ProjectFacts, projectFacts } from './facts.ts';
import { gitlabPath, IGNORED, initFiles } from './files.ts';

export interface InitOptions {
  /** null: what the project uses. */
  readonly ci: CiSystem | null;
  /** Write files anew that are there. */
  readonly force: boolean;
  readonly format: 'text' | 'json';
}

interface Written {
  readonly path: string;
  readonly state: 'written' | 'overwritten' | 'kept' | 'extended';
}

/** `assay init`: .env.example and a CI workflow, from what can be found out; nothing that is there is overwritten without `force`. */
export async function runInit(options: InitOptions, host: Host): Promise<ExitCode> {
  const facts = projectFacts(chosenContract(host), options.ci, host);
  const written: Written[] = initFiles(facts).map(({ path, text }) => {
    const place = join(host.cwd, path);
    const isThere = existsSync(place);
    const isSame = isThere && readFileSync(place, 'utf8') === text;
    if (isSame || (isThere && !options.force)) return { path, state: 'kept' };
    writeWhole(place, text);
    return { path, state: isThere ? 'overwritten' : 'written' };
  });
  written.push(ignoreSecrets(host.cwd));
  const next = nextSteps(facts);
  if (options.format === 'json') {
    host.out(`${JSON.stringify({ contract: facts.contract, ci: facts.ci, files: written, next }, null, 1)}\n`);
    return ExitCode.Ok;
  }
  const isKept = written.some(({ path, state }) => state === 'kept' && path !== '.gitignore');
  const lines = [
    ...written.map(({ path, state }) => `${state.padEnd(11)} ${path}`),
    ...(isKept ? ['', 'Files that were there are kept; --force writes them anew.'] : []),
    '',
    'Next:',
    ...next.map((step, at) => `${at + 1}. ${step}`),
  ];
  host.out(wrappedLines(lines, host));
  return ExitCode.Ok;
}

/** Adds to .gitignore what must not be committed; what it has stays. */
function ignoreSecrets(cwd: string): Written {
  const place = join(cwd, '.gitignore');
  const before = existsSync(place) ? readFileSync(place, 'utf8') : null;
  const lines = (before ?? '').split('\n').map((line) =>
    line
      .trim()
      .replace(/^\//, '')
      .replace(/[/*]+$/, ''),
  );
  const missing = IGNORED.filter((name) => !lines.includes(name.replace(/\/$/, '')));
  if (missing.length === 0) return { path: '.gitignore', state: 'kept' };
  const start = before === null || before === '' || before.endsWith('\n') ? (before ?? '') : `${before}\n`;
  writeWhole(place, `${start}${missing.join('\n')}\n`);
  return { path: '.gitignore', state: before === null ? 'written' : 'extended' };
}

function nextSteps(facts: ProjectFacts): string[] {
  const required = facts.inputs.filter(({ isRequired, isGiven }) => isRequired && !isGiven).map(({ env }) => env);
  const names = ['ASSAY_BASE_URL', 'ASSAY_ALLOW_HOST', ...required].join(', ');
  return [
    'cp .env.example .env, and fill it in',
    'npx assay doctor',
    ...(facts.ci === 'github'
      ? [
          `in GitHub, Settings, Secrets and variables, Actions: the variables ${names}${facts.needsKey ? '; the secret ASSAY_API_KEY' : ''}`,
        ]
      : []),
    ...(facts.ci === 'gitlab'
      ? [
          ...(facts.hasGitlabFile ? [`in .gitlab-ci.yml: include: [{ local: ${gitlabPath(facts)} }]`] : []),
          `in GitLab, Settings, CI/CD, Variables: ${names}${facts.needsKey ? ', and ASSAY_API_KEY (masked)' : ''}`,
        ]
      : []),
  ];
}
