import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { type Contract, type ContractFiles, parseContract } from './contract.ts';
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
      if (matches(name))
        files[folder === '' ? name : `${folder}/${name}`] = readFileSync(join(directory, folder, name), 'utf8');
    }
  };
  take('', (name) => name === 'operation.json' || name.endsWith('.schema.json'));
  take('examples', (name) => name.endsWith('.json'));
  return files;
}

/** Reads and parses a contract folder. Throws UserError. */
export function readContract(directory: string): Contract {
  return parseContract(readContractFiles(directory), directory);
}

/**
 * The folder that ASSAY_CONTRACT means: a path if it has a slash, else a name in `contracts/` of the working folder,
 * else of the package.
 */
export function contractDirectory(nameOrPath: string | undefined, cwd: string, packageRoot: string): string {
  const name = nameOrPath === undefined || nameOrPath === '' ? 'create-chat' : nameOrPath;
  if (isAbsolute(name) || /[\\/]/.test(name) || name === '.') return resolve(cwd, name);
  const local = join(cwd, 'contracts', name);
  return existsSync(local) ? local : join(packageRoot, 'contracts', name);
}
