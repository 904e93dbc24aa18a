import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Contract } from '../../contracts/lib/contract.ts';
import { allGivers } from '../../contracts/lib/given-inputs.ts';
import { generateContractModule } from '../generate/contract-module.ts';
import { generateValidators } from '../generate/validators.ts';
import { writeTemporary } from '../lib/files.ts';

/** By path under load/. */
export type K6Script = 'throughput' | 'limits' | 'validation/cost';

/**
 * Bundles one k6 script of load/ with the operation and the validators of `contract` into `outfile`: one file that
 * needs nothing but k6. The validators come from the schemas as they are now, not from `generated/`. Returns the paths,
 * from `packageRoot`, of the modules in it.
 */
export async function bundleK6Script(
  script: K6Script,
  contract: Contract,
  outfile: string,
  packageRoot: string,
): Promise<string[]> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(packageRoot, 'load', `${script}.ts`)],
    outfile,
    write: false,
    metafile: true,
    absWorkingDir: packageRoot,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    external: ['k6', 'k6/*'],
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [contractModules(contract, packageRoot)],
  });
  writeTemporary(outfile, outputFiles[0]?.contents ?? '');
  return Object.keys(metafile.inputs);
}

/** Resolves `assay:contract` and `assay:validators` to the contract in use, `assay:givers` to those that give it inputs. */
function contractModules(contract: Contract, packageRoot: string): Plugin {
  return {
    name: 'contract-modules',
    setup(bundle) {
      bundle.onResolve({ filter: /^assay:/ }, ({ path }) => ({ path, namespace: 'assay' }));
      bundle.onLoad({ filter: /^assay:contract$/, namespace: 'assay' }, () => ({
        contents: modulesOf(contract, packageRoot).contract,
        loader: 'ts',
      }));
      const givers = allGivers(contract);
      bundle.onLoad({ filter: /^assay:givers$/, namespace: 'assay' }, () => ({
        contents: [
          ...givers.map((_, at) => `import * as c${at} from 'assay:giver/${at}/contract';`),
          ...givers.map((_, at) => `import { validators as v${at} } from 'assay:giver/${at}/validators';`),
          `export const givers = [${givers.map((_, at) => `{ operation: c${at}.operation, requestTemplate: c${at}.requestTemplate, schemas: c${at}.schemas, validators: v${at} }`).join(', ')}];`,
        ].join('\n'),
        loader: 'js',
      }));
      bundle.onLoad({ filter: /^assay:giver\//, namespace: 'assay' }, async ({ path }) => {
        const [, at, module] = path.split('/');
        const giver = givers[Number(at)];
        if (giver === undefined) return null;
        return module === 'contract'
          ? { contents: modulesOf(giver, packageRoot).contract, loader: 'ts' }
          : { contents: await modulesOf(giver, packageRoot).validators, loader: 'js' };
      });
      bundle.onLoad({ filter: /^assay:validators$/, namespace: 'assay' }, async () => ({
        contents: await modulesOf(contract, packageRoot).validators,
        loader: 'js',
      }));
    },
  };
}

interface Modules {
  readonly contract: string;
  readonly validators: Promise<string>;
}

const modules = new WeakMap<Contract, Modules>();

/** What is made of a contract, once for all scripts of a run: compiling its schemas is most of the work. */
function modulesOf(contract: Contract, packageRoot: string): Modules {
  const known = modules.get(contract) ?? {
    contract: generateContractModule(contract, ''),
    validators: generateValidators(contract.schemas, '', packageRoot),
  };
  modules.set(contract, known);
  return known;
}
