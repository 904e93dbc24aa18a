import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { type Contract, type ContractFiles, parseContract } from './contract.ts';
import { DEFAULT_CONTRACT } from './default-contract.ts';
import { UserError } from './user-error.ts';

/** The files of a contract folder that mean something: operation.json, schemas, examples. Throws UserError. */
export function readContractFiles(directory: string): ContractFiles {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new UserError(`there is no contract folder ${directory}`, {
      why: 'a contract is a folder with operation.json and *.schema.json',
      fix: 'set ASSAY_CONTRACT to the name of a folder in contracts/, or to a path',
    });
  }
  const files: Record<string, string> = {};
  const take = (folder: string, matches: (name: string) => boolean) => {
    if (!existsSync(join(directory, folder))) return;
    for (const name of readdirSync(join(directory, folder))) {
      if (matches(name)) files[folder === '' ? name : `${folder}/${name}`] = readText(join(directory, folder, name));
    }
  };
  take('', (name) => name === 'operation.json' || name.endsWith('.schema.json'));
  take('examples', (name) => name.endsWith('.json'));
  return files;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(
      `${path} cannot be read`,
      { why: (error as Error).message, fix: 'make it a file that may be read, or take it away' },
      error,
    );
  }
}

/** Reads and parses a contract folder, and those beside it that give inputs to it. Throws UserError. */
export function readContract(directory: string): Contract {
  return readWithGivers(directory, []);
}

/** `takers`: names of the contracts that this one is read for. */
function readWithGivers(directory: string, takers: readonly string[]): Contract {
  return parseContract(readContractFiles(directory), directory, (name) => {
    const trail = [...takers, basename(resolve(directory))];
    if (trail.includes(name)) return `${[...trail, name].join(' needs ')}, which has no beginning`;
    const folder = join(dirname(resolve(directory)), name);
    if (!existsSync(join(folder, 'operation.json'))) return `there is no contract folder ${folder}`;
    return readWithGivers(folder, trail);
  });
}

/**
 * The folder that ASSAY_CONTRACT means: a path if it has a slash, else a name in `contracts/` of the working folder,
 * else of the package. Not set: the only contract in `contracts/` of the working folder, else the default one.
 */
export function contractDirectory(nameOrPath: string | undefined, cwd: string, packageRoot: string): string {
  const name =
    nameOrPath === undefined || nameOrPath === ''
      ? (onlyContract(join(cwd, 'contracts')) ?? DEFAULT_CONTRACT)
      : nameOrPath;
  if (isAbsolute(name) || /[\\/]/.test(name) || name === '.') return resolve(cwd, name);
  const local = join(cwd, 'contracts', name);
  return existsSync(local) ? local : join(packageRoot, 'contracts', name);
}

/** Name of the contract in a folder that holds one and no more; null for others. */
function onlyContract(folder: string): string | null {
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'operation.json')))
    : [];
  return names.length === 1 ? (names[0] ?? null) : null;
}
