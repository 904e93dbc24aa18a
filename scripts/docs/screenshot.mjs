#!/usr/bin/env node
// `npm run docs:screenshot [-- FOLDER]`: docs/report.png, the first screen of the report's page, as a browser shows it.
// Without a folder of results the main job is run first, against the embedded reference API.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';
import { build } from 'esbuild';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const picture = join(root, 'docs', 'report.png');
/** More would be felt in a clone. */
const MOST_BYTES = 250_000;

const given = process.argv[2];
const folder = given === undefined ? mkdtempSync(join(tmpdir(), 'assay-screenshot-')) : resolve(given);
try {
  const assay = [join(root, 'dist', 'assay.js'), ...(given === undefined ? ['run'] : ['report', folder])];
  const { ASSAY_BASE_URL: _target, ...env } = process.env;
  const { status } = spawnSync(process.execPath, assay, {
    cwd: root,
    stdio: 'inherit',
    env: { ...env, ASSAY_OUT: folder },
  });
  if (status !== 0) throw new Error(`assay ended with exit code ${status}: nothing worth a picture`);
  const executablePath = (await browserFinder())(process.env, chromium.executablePath());
  if (executablePath === null) throw new Error('no browser: npx playwright install chromium, or set ASSAY_CHROMIUM');
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 760 }, colorScheme: 'light' });
    await page.goto(pathToFileURL(join(folder, 'index.html')).href);
    await page.screenshot({ path: picture, animations: 'disabled' });
  } finally {
    await browser.close();
  }
  const bytes = statSync(picture).size;
  if (bytes > MOST_BYTES) throw new Error(`${picture} has ${bytes} bytes, more than ${MOST_BYTES}`);
  console.log(`${picture}: ${bytes} bytes`);
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}

/** `findBrowser`, which is TypeScript. */
async function browserFinder() {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'scripts', 'report', 'find-browser.ts')],
    ...{ bundle: true, write: false, platform: 'node', format: 'esm', logLevel: 'warning' },
  });
  const module = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
  return module.findBrowser;
}
