#!/usr/bin/env node
// Builds dist/: the command line, the Playwright suite as JavaScript (Playwright does not transpile TypeScript under
// node_modules), and the k6 scripts. Writes nothing that is committed.
import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
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

await Promise.all([
  build({
    ...common,
    outdir: dist,
    entryPoints: { assay: 'scripts/assay.ts', 'k6-bundle': 'scripts/k6-bundle/index.ts' },
  }),
  build({
    ...common,
    outdir: join(dist, 'suite'),
    entryPoints: suite,
  }),
]);
chmodSync(join(dist, 'assay.js'), 0o755);

const { bundleDefaultScripts } = await import(pathToFileURL(join(dist, 'k6-bundle.js')).href);
await bundleDefaultScripts(root, join(dist, 'k6'));

const place = join(root, 'dist');
rmSync(place, { recursive: true, force: true });
renameSync(dist, place);
