import { dirname, join, relative } from 'node:path';
import { allGivers } from '../../contracts/lib/given-inputs.ts';
import { contractDirectory, readContract, readContractFiles } from '../../contracts/lib/read-contract.ts';
import { bundleK6Script, type K6Script } from './bundle.ts';

/** What a build has read and written: paths from the package's root, and from the folder it writes into. */
interface Built {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Bundles the k6 scripts for the contract that ASSAY_CONTRACT names (else the default one): what plain k6 runs. */
export async function bundleDefaultScripts(packageRoot: string, directory: string): Promise<Built> {
  const folder = contractDirectory(process.env['ASSAY_CONTRACT'], packageRoot, packageRoot);
  const contract = readContract(folder);
  const scripts: K6Script[] = ['throughput', 'limits'];
  const modules = await Promise.all(
    scripts.map((script) => bundleK6Script(script, contract, join(directory, `${script}.js`), packageRoot)),
  );
  const folders = [folder, ...allGivers(contract).map(({ name }) => join(dirname(folder), name))];
  const files = folders.flatMap((from) =>
    Object.keys(readContractFiles(from)).map((file) => relative(packageRoot, join(from, file))),
  );
  return { inputs: [...modules.flat(), ...files], outputs: scripts.map((script) => `${script}.js`) };
}
