import { relative, sep } from 'node:path';
import { contractDirectory, readContractFiles } from '../../contracts/lib/read-contract.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import type { Host } from '../lib/host.ts';
import type { ContractTexts } from './annotations.ts';

/**
 * The files of the contract in use, with the path of its folder from the root of the repository (GITHUB_WORKSPACE, else
 * the working folder); null where there is none, or it lies outside, so that no line can be marked.
 */
export function readContractTexts(host: Host): ContractTexts | null {
  const directory = contractDirectory(host.env['ASSAY_CONTRACT'], host.cwd, host.packageRoot);
  const workspace = host.env['GITHUB_WORKSPACE'];
  const folder = relative(workspace === undefined || workspace === '' ? host.cwd : workspace, directory);
  if (folder.startsWith('..')) return null;
  try {
    return { folder: folder.split(sep).join('/'), texts: readContractFiles(directory) };
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
