import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Contract } from '../../contracts/lib/contract.ts';
import { DEFAULT_CONTRACT } from '../../contracts/lib/default-contract.ts';
import { contractDirectory, readContract } from '../../contracts/lib/read-contract.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import { closest } from './closest.ts';
import type { Host } from './host.ts';

/**
 * Absolute path of the contract folder that ASSAY_CONTRACT means. Throws UserError where it names none, and the working
 * folder holds several of which none is the default one: the package's own would hardly be meant.
 */
export function chosenContractDirectory(host: Pick<Host, 'env' | 'cwd' | 'packageRoot'>): string {
  const own = contractsIn(join(host.cwd, 'contracts'));
  if ((host.env['ASSAY_CONTRACT'] ?? '') === '' && own.length > 1 && !own.includes(DEFAULT_CONTRACT))
    throw new UserError('it is not clear which contract is meant', {
      why: `contracts/ holds ${own.sort().join(', ')}`,
      fix: 'set ASSAY_CONTRACT to the name of one of them',
    });
  return contractDirectory(host.env['ASSAY_CONTRACT'], host.cwd, host.packageRoot);
}

/** The contract that ASSAY_CONTRACT means. Throws UserError. */
export function chosenContract(host: Pick<Host, 'env' | 'cwd' | 'packageRoot'>): Contract {
  const directory = chosenContractDirectory(host);
  const name = host.env['ASSAY_CONTRACT'] ?? '';
  if (/^[\w-]+$/.test(name) && !existsSync(directory)) throw unknownContract(name, dirname(directory), host);
  return readContract(directory);
}

function unknownContract(name: string, folder: string, host: Pick<Host, 'cwd'>): UserError {
  const named = [...new Set([join(host.cwd, 'contracts'), folder])].flatMap(contractsIn);
  const meant = closest(name, named);
  return new UserError(`there is no contract ${name}`, {
    why: `ASSAY_CONTRACT names it, and ${folder} has ${named.length === 0 ? 'none' : named.join(', ')}`,
    fix: meant === null ? 'set it to one of these, or to the path of a contract folder' : `Did you mean ${meant}?`,
  });
}

/** Names of the contracts in a folder. */
function contractsIn(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'operation.json')))
    : [];
}
