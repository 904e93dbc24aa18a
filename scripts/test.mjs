#!/usr/bin/env node
// `npm test`: every check of the project, one after another, and one line at the end that counts them all.
// `--full` also runs the long matrices.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isFull = process.argv.includes('--full');
const folder = mkdtempSync(join(tmpdir(), 'assay-test-'));
const { assay } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** Every contract folder, the default one first. */
const contracts = [
  assay.contract,
  ...readdirSync(join(root, 'contracts')).filter(
    (name) => name !== assay.contract && existsSync(join(root, 'contracts', name, 'operation.json')),
  ),
];
const total = { passed: 0, failed: 0, skipped: 0 };

/** Of the variables of this project, those that tests may see: they say what the machine has, and name no target. */
const KEPT = ['ASSAY_REQUIRE_BROWSER', 'ASSAY_CHROMIUM', 'ASSAY_CACHE_DIR'];

/** Runs a command with its output shown; its exit code. The environment of a user's target is kept from the tests. */
function run(command, args, more = {}) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('ASSAY_') || KEPT.includes(name)),
  );
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...env, ...more },
    });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

const node = (file, ...args) => [process.execPath, [join(root, file), ...args]];

/** A step that passes or fails as a whole. */
async function check(title, [command, args]) {
  console.log(`\n▶ ${title}`);
  const code = await run(command, args);
  if (code === 0) total.passed += 1;
  else {
    total.failed += 1;
    console.log(`✗ ${title} failed`);
  }
}

/** A step whose runner counts its own tests; a runner that fails without a failed test counts as one failure. */
async function suite(title, command, args, env, count) {
  console.log(`\n▶ ${title}`);
  const code = await run(command, args, env);
  const counted = count();
  const isSilentFailure = code !== 0 && (counted?.failed ?? 0) === 0;
  const isEmpty = counted === null || counted.passed + counted.failed === 0;
  total.passed += counted?.passed ?? 0;
  total.skipped += counted?.skipped ?? 0;
  total.failed += (counted?.failed ?? 0) + (isSilentFailure || isEmpty ? 1 : 0);
  if (isSilentFailure) console.log(`✗ ${title} ended with exit code ${code}`);
  else if (isEmpty) console.log(`✗ ${title} ran no test`);
}

function vitest(project) {
  const file = join(folder, `${project}.json`);
  const [command, args] = node(
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  );
  return suite(`${project} tests`, command, args, isFull ? { ASSAY_TEST_FULL: '1' } : {}, () => {
    if (!existsSync(file)) return null;
    const result = JSON.parse(readFileSync(file, 'utf8'));
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  });
}

/** The suite of one contract; `args` go to Playwright. */
function contractSuite(contract, ...playwrightArgs) {
  const out = join(folder, contract);
  const [command, args] = node('dist/assay.js', 'contract', ...playwrightArgs);
  const env = { ASSAY_OUT: out, ASSAY_CONTRACT: contract };
  return suite(`contract suite of ${contract} against the reference API`, command, args, env, () => {
    const file = join(out, 'contract.json');
    if (!existsSync(file)) return null;
    const { cases } = JSON.parse(readFileSync(file, 'utf8'));
    const count = (...outcomes) => cases.filter((one) => outcomes.includes(one.outcome)).length;
    return { passed: count('holds', 'observed'), failed: count('broken'), skipped: count('not-reached') };
  });
}

try {
  await check('build', node('scripts/build.mjs'));
  await check('type check', node('node_modules/typescript/bin/tsc', '--noEmit'));
  await check('lint and format', node('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'));
  await check('generated files match the schemas', node('dist/assay.js', 'generate', '--check'));
  await vitest('unit');
  const [first, ...others] = contracts;
  await contractSuite(first);
  // The others' cases all run in mutants.e2e.test.ts; here Playwright has the most important ones.
  for (const contract of others) await contractSuite(contract, ...(isFull ? [] : ['--grep', '@smoke']));
  await vitest('e2e');
  await vitest('e2e-timed');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
