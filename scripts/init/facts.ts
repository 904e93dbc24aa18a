import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract } from '../../contracts/lib/contract.ts';
import { allGivers } from '../../contracts/lib/given-inputs.ts';
import type { Host } from '../lib/host.ts';

export const CI_SYSTEMS = ['github', 'gitlab', 'none'] as const;
export type CiSystem = (typeof CI_SYSTEMS)[number];

/** What the files of a project depend on, found out and not asked for. */
export interface ProjectFacts {
  readonly contract: string;
  readonly baseUrl: string;
  readonly needsKey: boolean;
  /** Variables for things that exist on the server. */
  readonly inputs: readonly { readonly env: string; readonly isRequired: boolean; readonly isGiven: boolean }[];
  readonly creates: boolean;
  readonly ci: CiSystem;
  readonly install: string;
  readonly packageManager: 'npm' | 'pnpm' | 'yarn';
  readonly hasLockFile: boolean;
  readonly nodeMajor: number;
  readonly defaultBranch: string;
  /** The project has contracts of its own, which may change. */
  readonly hasContracts: boolean;
  readonly hasGitlabFile: boolean;
}

const INSTALLS = { npm: 'npm ci', pnpm: 'pnpm install --frozen-lockfile', yarn: 'yarn install --immutable' } as const;
/** Of which Node has long-term support. */
const NODE_MAJOR = 22;

export function projectFacts(contract: Contract, wantedCi: CiSystem | null, host: Pick<Host, 'cwd'>): ProjectFacts {
  const has = (...path: string[]) => existsSync(join(host.cwd, ...path));
  const { operation } = contract;
  const inputs = [operation, ...allGivers(contract).map((giver) => giver.operation)].flatMap((one) => one.inputs ?? []);
  const packageManager = has('pnpm-lock.yaml') ? 'pnpm' : has('yarn.lock') ? 'yarn' : 'npm';
  const hasLockFile = packageManager !== 'npm' || has('package-lock.json');
  const remote = git(host.cwd, 'remote', 'get-url', 'origin');
  return {
    contract: contract.name,
    baseUrl: operation.baseUrl,
    needsKey: operation.auth.scheme !== 'none',
    inputs: [...new Map(inputs.map((input) => [input.env, input])).values()].map((input) => ({
      env: input.env,
      isRequired: input.required === true || 'path' in input,
      isGiven: input.from !== undefined,
    })),
    creates: operation.created !== undefined,
    ci: wantedCi ?? (has('.gitlab-ci.yml') || /gitlab/i.test(remote) ? 'gitlab' : 'github'),
    install: hasLockFile ? INSTALLS[packageManager] : 'npm install',
    packageManager,
    hasLockFile,
    nodeMajor: nodeMajor(host.cwd),
    defaultBranch:
      git(host.cwd, 'symbolic-ref', '--short', 'refs/remotes/origin/HEAD').replace(/^origin\//, '') || 'main',
    hasContracts: has('contracts'),
    hasGitlabFile: has('.gitlab-ci.yml'),
  };
}

/** As .nvmrc says, if it is one that assay runs on. */
function nodeMajor(cwd: string): number {
  const path = join(cwd, '.nvmrc');
  const said = existsSync(path) ? Number(/^v?(\d+)/.exec(readFileSync(path, 'utf8').trim())?.[1]) : Number.NaN;
  return said >= 20 ? said : NODE_MAJOR;
}

/** What git says, on one line; "" where there is no git, or it has no answer. */
function git(cwd: string, ...args: string[]): string {
  const { status, stdout } = spawnSync('git', args, { cwd, encoding: 'utf8', timeout: 5000 });
  return status === 0 ? stdout.trim() : '';
}
