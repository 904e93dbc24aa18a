#!/usr/bin/env node
// Builds dist/: the command line, the Playwright suite as JavaScript (Playwright does not transpile TypeScript under
// node_modules), the k6 scripts, and for a package the types. Writes nothing that is committed. Steps of which nothing has
// changed since the last build are taken from it; `--fresh [STEP…]` makes these, or all, again.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSteps, RECORD } from './build-step.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Built beside dist/ and put in its place at the end: a build that fails takes nothing away.
const dist = join(root, `.dist-${process.pid}`);
const place = join(root, 'dist');
process.on('exit', () => rmSync(dist, { recursive: true, force: true }));

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: externals(),
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  logLevel: 'warning',
};

/**
 * The type generator with what it needs, in dist/vendor: as a dependency it would bring a third of the installed tree.
 * The formatter is the same one without its command line and the languages that are not TypeScript; these parts of it
 * are modules of one file each, minified, and are copied as they are.
 */
const GENERATOR = 'json-schema-to-typescript';
const generatorPath = createRequire(join(root, 'package.json')).resolve(GENERATOR);
const FORMATTER = ['standalone.mjs', 'plugins/estree.mjs', 'plugins/typescript.mjs'];
const formatterFolder = dirname(createRequire(generatorPath).resolve('prettier/package.json'));
const slimFormatter = {
  name: 'slim-formatter',
  setup(bundle) {
    bundle.onResolve({ filter: /^prettier$/ }, () => ({ path: 'prettier', namespace: 'slim' }));
    bundle.onResolve({ filter: /./, namespace: 'slim' }, ({ path }) => ({ path, external: true }));
    bundle.onLoad({ filter: /.*/, namespace: 'slim' }, () => ({
      contents: [
        "import { format as formatWith } from './prettier/standalone.mjs';",
        "import * as estree from './prettier/plugins/estree.mjs';",
        "import * as typescript from './prettier/plugins/typescript.mjs';",
        'export const format = (text, options) => formatWith(text, { ...options, plugins: [estree, typescript] });',
      ].join('\n'),
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

/** The command line and the suite in one bundle: they share most of their modules. */
const programs = {
  assay: 'scripts/assay.ts',
  'suite/index': 'contracts/suite/index.ts',
  'suite/playwright.config': 'playwright.config.ts',
  'suite/contract.spec': 'contracts/suite/contract.spec.ts',
  'suite/flow.spec': 'contracts/suite/flow.spec.ts',
  'suite/limit.spec': 'contracts/suite/limit.spec.ts',
  'suite/reporter': 'scripts/contract/reporter.ts',
  'suite/global-setup': 'contracts/suite/global-setup.ts',
  // What only one operation needs: contracts/<name>/*.spec.ts.
  ...Object.fromEntries(
    readdirSync(join(root, 'contracts'))
      .filter((name) => existsSync(join(root, 'contracts', name, 'operation.json')))
      .flatMap((name) =>
        readdirSync(join(root, 'contracts', name))
          .filter((file) => file.endsWith('.spec.ts'))
          .map((file) => [`suite/operations/${name}/${file.replace(/\.ts$/, '')}`, `contracts/${name}/${file}`]),
      ),
  ),
};

const isPackage = ['pack', 'publish'].includes(process.env.npm_command ?? '');
const LICENCES = 'THIRD-PARTY-LICENSES.txt';
const STEPS = ['programs', 'generator', 'k6-library', 'k6-scripts', 'licences'];
const flagAt = process.argv.indexOf('--fresh');
const fresh = flagAt < 0 ? [] : process.argv.slice(flagAt + 1);
const unknown = fresh.filter((name) => !STEPS.includes(name));
if (unknown.length > 0) throw new Error(`--fresh ${unknown.join(' ')}: the steps are ${STEPS.join(', ')}`);

const { areAllKept, step, inputsOf, record, takeKept } = buildSteps({
  root,
  from: place,
  into: dist,
  key: createHash('sha1')
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .update(readFileSync(join(root, 'node_modules', 'esbuild', 'package.json')))
    .update(JSON.stringify([programs, readdirSync(join(root, 'contracts')), process.env.ASSAY_CONTRACT ?? null]))
    .digest('base64'),
  isFresh: (name) => isPackage || (flagAt >= 0 && (fresh.length === 0 || fresh.includes(name))),
});
if (areAllKept(STEPS)) process.exit(0);

/** Not what a plugin has made up. */
const isFile = (path) => existsSync(join(root, path));
const esbuild = once(() => {
  // It ends before there is anything worth collecting.
  process.env.GOGC ??= 'off';
  return import('esbuild');
});

/** Bundles; the inputs and outputs that esbuild names. */
async function bundled(options) {
  const { build } = await esbuild();
  const { metafile } = await build({ ...common, outdir: dist, metafile: true, ...options });
  const outputs = Object.keys(metafile.outputs).map((path) => relative(dist, join(root, path)));
  return { inputs: Object.keys(metafile.inputs).filter(isFile), outputs };
}
const bundle = (name, options) => step(name, () => bundled(options));

mkdirSync(dist);
await Promise.all([
  step('k6-scripts', async () => {
    const { build } = await esbuild();
    // Not taken from the command line's bundle, which is made meanwhile, and takes longer.
    const bundler = join(dist, '.k6-bundle.js');
    const { metafile } = await build({
      ...common,
      // Loaded meanwhile.
      external: [...common.external, 'ajv', 'ajv-formats'],
      metafile: true,
      splitting: false,
      outfile: bundler,
      entryPoints: ['scripts/k6-bundle/index.ts'],
    });
    const { bundleDefaultScripts } = await import(pathToFileURL(bundler).href);
    const { inputs, outputs } = await bundleDefaultScripts(root, join(dist, 'k6'));
    rmSync(bundler);
    const tools = ['ajv', 'ajv-formats'].map((name) => `node_modules/${name}/package.json`);
    return {
      inputs: [...Object.keys(metafile.inputs), ...inputs, ...tools].filter(isFile),
      outputs: outputs.map((file) => join('k6', file)),
    };
  }),
  step('programs', async () => {
    const made = await bundled({ entryPoints: programs, plugins: [bundledGenerator] });
    chmodSync(join(dist, 'assay.js'), 0o755);
    return made;
  }),
  step('generator', async () => {
    const vendor = join('vendor', `${GENERATOR}.js`);
    const copies = FORMATTER.map((file) => [join(formatterFolder, file), join('vendor', 'prettier', file)]);
    for (const [from, to] of copies) {
      mkdirSync(dirname(join(dist, to)), { recursive: true });
      copyFileSync(from, join(dist, to));
    }
    const { inputs } = await bundled({
      external: [],
      splitting: false,
      minify: true,
      legalComments: 'none',
      outdir: undefined,
      outfile: join(dist, vendor),
      stdin: { contents: `export { compile } from ${JSON.stringify(generatorPath)};`, resolveDir: root },
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      plugins: [slimFormatter],
    });
    return {
      inputs: [...inputs, ...copies.map(([from]) => relative(root, from))],
      outputs: [vendor, ...copies.map(([, to]) => to)],
    };
  }),
  // For the user's own k6 scripts: complete, so that their bundler needs no Node.
  bundle('k6-library', {
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: [],
    splitting: false,
    target: 'es2022',
    legalComments: 'none',
    outdir: join(dist, 'k6'),
    entryPoints: { index: 'load/k6.ts' },
  }),
]);
await step('licences', async () => {
  const inputs = ['programs', 'generator', 'k6-library'].flatMap(inputsOf);
  writeFileSync(join(dist, LICENCES), licencesOf(inputs));
  return { inputs, outputs: [LICENCES] };
});
if (isPackage) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, '-p', 'tsconfig.types.json', '--outDir', join(dist, 'types')];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the types could not be made');
} else writeFileSync(join(dist, RECORD), record());

takeKept();
rmSync(place, { recursive: true, force: true });
renameSync(dist, place);

/**
 * What is left to the installed packages. AJV is not: loaded from some hundred files it takes as long as Node itself, in
 * every command and in every worker of the suite.
 */
function externals() {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const isBundled = (name) => /^ajv(-formats)?$/.test(name);
  return [...Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !isBundled(name)), 'playwright'];
}

function once(does) {
  let result;
  return () => (result ??= does());
}

/** The licences of the packages that files are of: they ask to go with what was bundled. */
function licencesOf(files) {
  const folders = new Set(
    files.flatMap((file) => {
      const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file.replaceAll(sep, '/')) ?? [];
      return folder === undefined ? [] : [join(root, folder)];
    }),
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
