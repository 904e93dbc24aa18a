#!/usr/bin/env node
// Builds dist/: the command line, the Playwright suite as JavaScript (Playwright does not transpile TypeScript under
// node_modules), the k6 scripts, and for a package the types. Writes nothing that is committed.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Built beside dist/ and put in its place at the end: a build that fails takes nothing away.
const dist = join(root, `.dist-${process.pid}`);
process.on('exit', () => rmSync(dist, { recursive: true, force: true }));

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  logLevel: 'warning',
};

/**
 * The type generator with what it needs, in one file: as a dependency it would bring a third of the installed tree. The
 * formatter is the same one without its command line and the languages that are not TypeScript.
 */
const GENERATOR = 'json-schema-to-typescript';
const generatorPath = createRequire(join(root, 'package.json')).resolve(GENERATOR);
const slimFormatter = {
  name: 'slim-formatter',
  setup(bundle) {
    bundle.onResolve({ filter: /^prettier$/ }, () => ({ path: 'prettier', namespace: 'slim' }));
    bundle.onLoad({ filter: /.*/, namespace: 'slim' }, () => ({
      contents: [
        "import { format as formatWith } from 'prettier/standalone';",
        "import * as estree from 'prettier/plugins/estree';",
        "import * as typescript from 'prettier/plugins/typescript';",
        'export const format = (text, options) => formatWith(text, { ...options, plugins: [estree, typescript] });',
      ].join('\n'),
      resolveDir: dirname(generatorPath),
    }));
  },
};
/** Code of ours takes the bundled one, which package.json names under "imports". */
const bundledGenerator = {
  name: 'bundled-generator',
  setup(bundle) {
    bundle.onResolve({ filter: new RegExp(`^${GENERATOR}$`) }, () => ({ path: `#${GENERATOR}`, external: true }));
  },
};

const suite = {
  index: 'contracts/suite/index.ts',
  'playwright.config': 'playwright.config.ts',
  'contract.spec': 'contracts/suite/contract.spec.ts',
  'flow.spec': 'contracts/suite/flow.spec.ts',
  'limit.spec': 'contracts/suite/limit.spec.ts',
  reporter: 'scripts/contract/reporter.ts',
  'global-setup': 'contracts/suite/global-setup.ts',
  // What only one operation needs: contracts/<name>/*.spec.ts.
  ...Object.fromEntries(
    readdirSync(join(root, 'contracts'))
      .filter((name) => existsSync(join(root, 'contracts', name, 'operation.json')))
      .flatMap((name) =>
        readdirSync(join(root, 'contracts', name))
          .filter((file) => file.endsWith('.spec.ts'))
          .map((file) => [`operations/${name}/${file.replace(/\.ts$/, '')}`, `contracts/${name}/${file}`]),
      ),
  ),
};

const built = await Promise.all([
  build({
    ...common,
    outdir: dist,
    entryPoints: { assay: 'scripts/assay.ts', 'k6-bundle': 'scripts/k6-bundle/index.ts' },
    plugins: [bundledGenerator],
  }),
  build({
    ...common,
    packages: 'bundle',
    splitting: false,
    minify: true,
    metafile: true,
    legalComments: 'none',
    outfile: join(dist, 'vendor', `${GENERATOR}.js`),
    stdin: { contents: `export { compile } from ${JSON.stringify(generatorPath)};`, resolveDir: root },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [slimFormatter],
  }),
  build({
    ...common,
    outdir: join(dist, 'suite'),
    entryPoints: suite,
  }),
  // For the user's own k6 scripts: complete, so that their bundler needs no Node.
  build({
    ...common,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    packages: 'bundle',
    splitting: false,
    target: 'es2022',
    metafile: true,
    legalComments: 'none',
    outdir: join(dist, 'k6'),
    entryPoints: { index: 'load/k6.ts' },
  }),
]);
chmodSync(join(dist, 'assay.js'), 0o755);
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licencesOf(built));

const { bundleDefaultScripts } = await import(pathToFileURL(join(dist, 'k6-bundle.js')).href);
await bundleDefaultScripts(root, join(dist, 'k6'));

if (['pack', 'publish'].includes(process.env.npm_command ?? '')) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, '-p', 'tsconfig.types.json', '--outDir', join(dist, 'types')];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the types could not be made');
}

const place = join(root, 'dist');
rmSync(place, { recursive: true, force: true });
renameSync(dist, place);

/** The licences of what was bundled: they ask to go with it. */
function licencesOf(results) {
  const folders = new Set(
    results.flatMap(({ metafile }) =>
      Object.keys(metafile?.inputs ?? {}).flatMap((input) => {
        const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input.replace(/^slim:/, '')) ?? [];
        return folder === undefined ? [] : [join(root, folder)];
      }),
    ),
  );
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
      const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
      return `${name} ${version} (${license})\n\n${texts.join('\n\n')}`;
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n');
}
