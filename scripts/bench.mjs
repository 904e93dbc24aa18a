#!/usr/bin/env node
// `npm run bench:NAME -- …`: builds the bench NAME and runs it. Each prints its figures; none is part of `npm test`.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Of its own: two benches at a time do not take each other's away.
const outdir = join(root, 'dist', 'bench', String(process.pid));
process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
await build({
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  splitting: true,
  outdir,
  entryPoints: { bench: 'scripts/bench.ts' },
  logLevel: 'warning',
});
const { runBench } = await import(pathToFileURL(join(outdir, 'bench.js')).href);
await runBench(root);
