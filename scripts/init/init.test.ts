import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { withDotenv } from '../../contracts/lib/environment.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { testHost } from '../lib/test-host.ts';
import { runInit } from './run-init.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-init-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(root, 'project-'));
});

async function init(options: Partial<Parameters<typeof runInit>[0]> = {}) {
  const host = { ...testHost({ ASSAY_CONTRACT: 'create-chat' }), cwd };
  expect(await runInit({ ci: null, force: false, format: 'json', ...options }, host)).toBe(ExitCode.Ok);
  const { out } = host.said();
  return (options.format ?? 'json') === 'json' ? (JSON.parse(out) as { ci: string; files: unknown[] }) : out;
}
const read = (path: string) => readFileSync(join(cwd, path), 'utf8');
const VARIABLES = ['ASSAY_BASE_URL', 'ASSAY_ALLOW_HOST', 'ASSAY_CUSTOMER_ID', 'ASSAY_APPLICATION_ID'];

describe('assay init', () => {
  test('writes a GitHub workflow that names every variable, and the key as a secret', async () => {
    writeFileSync(join(cwd, 'package-lock.json'), '{}');
    expect(await init()).toMatchObject({ ci: 'github' });
    const workflow = load(read('.github/workflows/assay.yml')) as {
      jobs: { contract: { steps: { run?: string; env?: Record<string, string> }[] } };
    };
    const { steps } = workflow.jobs.contract;
    const step = steps.find(({ run }) => run === 'npx assay contract');
    for (const name of VARIABLES) expect(step?.env?.[name]).toBe(`\${{ vars.${name} }}`);
    expect(step?.env?.['ASSAY_API_KEY']).toBe(`\${{ secrets.ASSAY_API_KEY }}`);
    expect(steps.map(({ run }) => run)).toContain('npm ci');
    expect(steps.filter(({ run }) => run?.includes('diff'))).toEqual([]);
  });

  test('the examples of .env are commented out, so that a copy changes nothing, and fit .env when filled in', async () => {
    await init();
    writeFileSync(join(cwd, '.env'), read('.env.example'));
    expect(withDotenv({}, cwd)).toEqual({});
    writeFileSync(join(cwd, '.env'), read('.env.example').replace(/^#(ASSAY_\w+)=(\S*).*$/gm, '$1=$2'));
    expect(withDotenv({}, cwd)).toMatchObject({
      ASSAY_BASE_URL: 'https://api.helpcrunch.com/v1',
      ASSAY_ALLOW_HOST: 'api.helpcrunch.com',
    });
    for (const name of [...VARIABLES, 'ASSAY_API_KEY']) expect(Object.keys(withDotenv({}, cwd))).toContain(name);
  });

  test('a project with contracts of its own is also held to them at each change', async () => {
    mkdirSync(join(cwd, 'contracts'));
    await init();
    expect(read('.github/workflows/assay.yml')).toContain(`run: npx assay diff "origin/\${{ github.base_ref }}:" .`);
    await init({ ci: 'gitlab' });
    expect(read('.gitlab-ci.yml')).toContain('npx assay diff "$CI_MERGE_REQUEST_DIFF_BASE_SHA:" .');
  });

  test('finds GitLab by the remote; beside a .gitlab-ci.yml it writes a file to include', async () => {
    execFileSync('git', ['init', '-q'], { cwd });
    execFileSync('git', ['remote', 'add', 'origin', 'git@gitlab.example.com:team/chat.git'], { cwd });
    expect(await init()).toMatchObject({ ci: 'gitlab' });
    const job = load(read('.gitlab-ci.yml')) as { assay: { script: string[]; artifacts: object } };
    expect(job.assay.script).toContain('npx assay contract');
    expect(job.assay.artifacts).toMatchObject({ reports: { junit: 'reports/latest/junit.xml' } });
    const said = await init({ format: 'text' });
    expect(said).toContain('include: [{ local: .gitlab/assay.gitlab-ci.yml }]');
    expect(existsSync(join(cwd, '.gitlab/assay.gitlab-ci.yml'))).toBe(true);
  });

  test('overwrites nothing without --force, and says what it kept', async () => {
    writeFileSync(join(cwd, '.env.example'), 'mine\n');
    expect(await init({ ci: 'none' })).toMatchObject({ files: [{ path: '.env.example', state: 'kept' }, {}] });
    expect(read('.env.example')).toBe('mine\n');
    expect(await init({ ci: 'none', format: 'text' })).toContain('--force writes them anew');
    expect(await init({ ci: 'none', force: true })).toMatchObject({ files: [{ state: 'overwritten' }, {}] });
    expect(read('.env.example')).toContain('ASSAY_BASE_URL');
  });

  test('sees to it that the key is not committed, and leaves the rest of .gitignore as it is', async () => {
    writeFileSync(join(cwd, '.gitignore'), 'dist\n/reports/*');
    await init({ ci: 'none' });
    expect(read('.gitignore')).toBe('dist\n/reports/*\n.env\n');
    await init({ ci: 'none' });
    expect(read('.gitignore')).toBe('dist\n/reports/*\n.env\n');
  });
});
