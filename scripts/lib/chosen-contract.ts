import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Contract } from '../../contracts/lib/contract.ts';
import { contractDirectory, readContract } from '../../contracts/lib/read-contract.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import { closest } from './closest.ts';
import type { Host } from './host.ts';

/** Absolute path of the contract folder that ASSAY_CONTRACT means. */
export function chosenContractDirectory(host: Pick<Host, 'env' | 'cwd' | 'packageRoot'>): string {
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
  const named = [...new Set([join(host.cwd, 'contracts'), folder])]
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path).filter((one) => existsSync(join(path, one, 'operation.json'))));
  const meant = closest(name, named);
  return new UserError(`there is no contract ${name}`, {
    why: `ASSAY_CONTRACT names it, and ${folder} has ${named.length === 0 ? 'none' : named.join(', ')}`,
    fix: meant === null ? 'set it to one of these, or to the path of a contract folder' : `Did you mean ${meant}?`,
  });
}
