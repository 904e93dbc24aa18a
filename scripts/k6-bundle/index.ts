import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { contractDirectory, readContract } from '../../contracts/lib/read-contract.ts';
import { bundleK6Script, type K6Script } from './bundle.ts';

/** Bundles the k6 scripts for the contract that ASSAY_CONTRACT names (else the default one): what plain k6 runs. */
export async function bundleDefaultScripts(packageRoot: string, directory: string): Promise<void> {
  const contract = readContract(contractDirectory(process.env['ASSAY_CONTRACT'], packageRoot, packageRoot));
  const scripts: K6Script[] = ['throughput', 'limits'];
  await Promise.all(
    scripts
      .filter((script) => existsSync(join(packageRoot, 'load', `${script}.ts`)))
      .map((script) => bundleK6Script(script, contract, join(directory, `${script}.js`), packageRoot)),
  );
}
