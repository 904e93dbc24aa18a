import type { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneModule from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import type { JsonSchema } from '../../contracts/lib/operation.ts';
import { sharedAjv } from '../../contracts/lib/validator.ts';

const standaloneCode = standaloneModule as unknown as (ajv: Ajv2020, names: Record<string, string>) => string;

/**
 * An ES module without imports that exports `validators`: schema file → validator of that file, as AJV compiles it,
 * with nothing left to compile at run time, so that it also runs inside k6. `resolveDirectory` is where AJV's own
 * run-time helpers are found.
 */
export function generateValidators(
  schemas: Readonly<Record<string, JsonSchema>>,
  head: string,
  resolveDirectory: string,
): Promise<string> {
  return validatorsModule(sharedAjv(schemas), Object.keys(schemas), head, resolveDirectory);
}

/** As `generateValidators`, of the schemas that `ajv` knows by these keys. */
export async function validatorsModule(
  ajv: Ajv2020,
  keys: readonly string[],
  head: string,
  resolveDirectory: string,
  options: { readonly minify?: boolean } = {},
): Promise<string> {
  // AJV numbers its own functions "validate0" and on.
  const names = Object.fromEntries(keys.map((key, index) => [`file${index}`, key]));
  const code = standaloneCode(ajv, names);
  const result = await build({
    stdin: {
      contents: `import * as compiled from 'assay:standalone';\nexport const validators = {${keys.map((key, index) => `${JSON.stringify(key)}: compiled.file${index}`).join(', ')}};`,
      resolveDir: resolveDirectory,
    },
    plugins: [
      {
        name: 'standalone',
        setup(bundle) {
          bundle.onResolve({ filter: /^assay:standalone$/ }, () => ({ path: 'standalone', namespace: 'assay' }));
          bundle.onLoad({ filter: /.*/, namespace: 'assay' }, () => ({ contents: code, resolveDir: resolveDirectory }));
        },
      },
    ],
    absWorkingDir: resolveDirectory,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    target: 'es2020',
    charset: 'ascii',
    legalComments: 'none',
    minify: options.minify ?? false,
    logLevel: 'silent',
  });
  // Where AJV is installed is no matter of the schemas.
  const text = (result.outputFiles[0]?.text ?? '').replace(
    /(\/\/ |")[^\s"]*\/((?:ajv(?:-formats)?\/dist|fast-deep-equal)\/)/g,
    '$1node_modules/$2',
  );
  return `${head}\n${text}`;
}
