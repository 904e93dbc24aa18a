import type { Contract } from '../../contracts/lib/contract.ts';
import { contractDirectory, readContract } from '../../contracts/lib/read-contract.ts';
import type { Host } from './host.ts';

/** Absolute path of the contract folder that ASSAY_CONTRACT means. */
export function chosenContractDirectory(host: Pick<Host, 'env' | 'cwd' | 'packageRoot'>): string {
  return contractDirectory(host.env['ASSAY_CONTRACT'], host.cwd, host.packageRoot);
}

/** The contract that ASSAY_CONTRACT means. Throws UserError. */
export function chosenContract(host: Pick<Host, 'env' | 'cwd' | 'packageRoot'>): Contract {
  return readContract(chosenContractDirectory(host));
}
