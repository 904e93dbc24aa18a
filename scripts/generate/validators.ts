import type { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneModule from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import type { JsonSchema } from '../../contracts/lib/operation.ts';
import { createAjv } from '../../contracts/lib/validator.ts';

const standaloneCode = standaloneModule as unknown as (ajv: Ajv2020, names: Record<string, string>) => string;

/**
 * An ES module without imports that exports `validators`: schema file → validator of that file, as AJV compiles it,
 * with nothing left to compile at run time, so that it also runs inside k6. `resolveDirectory` is where AJV's own
 * run-time helpers are found.
 */
export async function generateValidators(
  schemas: Readonly<Record<string, JsonSchema>>,
  head: string,
  resolveDirectory: string,
): Promise<string> {
  const files = Object.keys(schemas);
  // AJV numbers its own functions "validate0" and on.
  const names = Object.fromEntries(files.map((file, index) => [`file${index}`, file]));
  const code = standaloneCode(createAjv(schemas), names);
  const result = await build({
    stdin: {
      contents: `import * as compiled from 'assay:standalone';\nexport const validators = {${files.map((file, index) => `${JSON.stringify(file)}: compiled.file${index}`).join(', ')}};`,
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
    logLevel: 'silent',
  });
  // Where AJV is installed is no matter of the schemas.
  const text = (result.outputFiles[0]?.text ?? '').replace(
    /(\/\/ |")[^\s"]*\/(ajv(?:-formats)?\/dist\/)/g,
    '$1node_modules/$2',
  );
  return `${head}\n${text}`;
}
