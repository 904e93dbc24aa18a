import type { ProjectFacts } from './facts.ts';

/** A file that `assay init` writes. */
export interface InitFile {
  /** From the project's folder, with "/". */
  readonly path: string;
  readonly text: string;
}

/** The files for a project, made from what is known of it. Pure. */
export function initFiles(facts: ProjectFacts): InitFile[] {
  return [
    { path: '.env.example', text: envExample(facts) },
    ...(facts.ci === 'github' ? [{ path: '.github/workflows/assay.yml', text: githubWorkflow(facts) }] : []),
    ...(facts.ci === 'gitlab' ? [{ path: gitlabPath(facts), text: gitlabJob(facts) }] : []),
  ];
}

/** Beside a file that the project has already; that one has to include it. */
export function gitlabPath({ hasGitlabFile }: Pick<ProjectFacts, 'hasGitlabFile'>): string {
  return hasGitlabFile ? '.gitlab/assay.gitlab-ci.yml' : '.gitlab-ci.yml';
}

/** Lines that .gitignore has to have: the key, and what runs write. */
export const IGNORED = ['.env', 'reports/'] as const;

function hostOf(baseUrl: string): string {
  return /^https?:\/\/([^/:]+)/.exec(baseUrl)?.[1] ?? '';
}

function envExample(facts: ProjectFacts): string {
  const { contract, baseUrl, needsKey, inputs, creates } = facts;
  const lines = [
    '# Copy to .env and fill in, or set the same variables in CI. Without ASSAY_BASE_URL the embedded reference API is used.',
    '',
    "# Where: the base URL, without the operation's path.",
    `#ASSAY_BASE_URL=${baseUrl}`,
    `# Consent: a host that is not this machine must be named here${creates ? ', since each accepted request creates something there' : ''}.`,
    `#ASSAY_ALLOW_HOST=${hostOf(baseUrl)}`,
    ...(needsKey ? ['# As whom.', '#ASSAY_API_KEY='] : []),
    ...(inputs.length === 0
      ? []
      : ['', `# Things that exist on the server (operation.json of ${contract} names these variables).`]),
    ...inputs.map(({ env, isRequired, isGiven }) => {
      const note = isGiven ? '  # left out: made first' : isRequired ? '' : '  # optional';
      return `#${env}=${note}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

/** Name → value, as GitHub's expressions. */
function githubVariables({ needsKey, inputs }: ProjectFacts): string[] {
  return [
    ['ASSAY_BASE_URL', 'vars'],
    ['ASSAY_ALLOW_HOST', 'vars'],
    ...(needsKey ? [['ASSAY_API_KEY', 'secrets']] : []),
    ...inputs.map(({ env }) => [env, 'vars']),
  ].map(([name, from]) => `${name}: \${{ ${from}.${name} }}`);
}

function githubWorkflow(facts: ProjectFacts): string {
  const { install, packageManager, hasLockFile, nodeMajor, defaultBranch, hasContracts } = facts;
  return `# Written by \`assay init\`; yours to change. Without the variable ASSAY_BASE_URL it runs on the embedded reference API.
name: assay

on:
  pull_request:
  push:
    branches: [${defaultBranch}]
  workflow_dispatch:

permissions:
  contents: read

# The endpoint's quota is shared: one run at a time.
concurrency:
  group: assay

jobs:
  contract:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
${packageManager === 'pnpm' ? '      - uses: pnpm/action-setup@v4\n' : ''}      - uses: actions/setup-node@v4
        with:
          node-version: ${nodeMajor}${hasLockFile ? `\n          cache: ${packageManager}` : ''}
      - run: ${install}
${
  hasContracts
    ? `      - name: Generated files match the schemas
        run: npx assay generate --check
      - name: The change breaks no client
        if: github.event_name == 'pull_request'
        run: npx assay diff "origin/\${{ github.base_ref }}:" .
`
    : ''
}      - name: The endpoint keeps its contract
        run: npx assay contract
        env:
${githubVariables(facts)
  .map((line) => `          ${line}`)
  .join('\n')}
      - name: Keep the report
        if: \${{ !cancelled() }}
        uses: actions/upload-artifact@v4
        with:
          name: assay
          path: reports/latest
`;
}

function gitlabJob(facts: ProjectFacts): string {
  const { install, packageManager, nodeMajor, hasContracts } = facts;
  return `# Written by \`assay init\`; yours to change. ASSAY_* come from Settings, CI/CD, Variables (the key masked);
# without ASSAY_BASE_URL it runs on the embedded reference API.
assay:
  image: node:${nodeMajor}
  # The endpoint's quota is shared: one run at a time.
  resource_group: assay
  variables:
    GIT_DEPTH: 0
  script:
${packageManager === 'npm' ? '' : '    - corepack enable\n'}    - ${install}
${
  hasContracts
    ? `    - npx assay generate --check
    - |
      if [ -n "$CI_MERGE_REQUEST_DIFF_BASE_SHA" ]; then
        npx assay diff "$CI_MERGE_REQUEST_DIFF_BASE_SHA:" .
      fi
`
    : ''
}    - npx assay contract
  artifacts:
    when: always
    paths:
      - reports/latest
    reports:
      junit: reports/latest/junit.xml
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
`;
}
