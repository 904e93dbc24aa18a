import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { PlaywrightTestConfig, Project } from '@playwright/test';
import { embeddedInputs } from '../lib/embedded-inputs.ts';
import { withDotenv } from '../lib/environment.ts';
import { networkFor } from '../lib/network.ts';
import { contractDirectory, readContract } from '../lib/read-contract.ts';
import { chosenBy } from './command-line.ts';
import { findPackageRoot, processSettings } from './settings.ts';

/**
 * The Playwright configuration, for the clone (`here` is its root, files are TypeScript) and for the installed package
 * (`here` is dist/suite, files are JavaScript). Reads `.env`, fills in a target where none is set, and says so to the
 * workers by environment variables: each worker reads the configuration again and must come to the same.
 */
export function suiteConfiguration(here: string): PlaywrightTestConfig {
  const cwd = process.cwd();
  const packageRoot = findPackageRoot();
  Object.assign(process.env, withDotenv(process.env, cwd));
  const directory = contractDirectory(process.env['ASSAY_CONTRACT'], cwd, packageRoot);
  const contract = readContract(directory);
  if ((process.env['ASSAY_BASE_URL'] ?? '') === '' && process.env['ASSAY_EMBEDDED_LIMIT'] === undefined) {
    // The global set-up starts the embedded API before the first test, and then sets its URLs.
    Object.assign(process.env, embeddedInputs(contract), {
      ASSAY_API_KEY: randomBytes(24).toString('hex'),
      ASSAY_EMBEDDED_LIMIT: EMBEDDED_LIMIT,
      ASSAY_EMBEDDED_STARTS: '1',
    });
  }
  if (chosenBy(process.argv).asksForLimit) process.env['ASSAY_LIMIT_TESTS'] = '1';
  const settings = processSettings();

  const isBuilt = existsSync(join(here, 'contract.spec.js'));
  const suite = isBuilt ? here : join(here, 'contracts', 'suite');
  const extension = isBuilt ? 'js' : 'ts';
  const own =
    isBuilt && !relative(packageRoot, directory).startsWith('..') ? join(here, 'operations', contract.name) : directory;
  const hasOwn = existsSync(own) && readdirSync(own).some((file) => /\.spec\.[cm]?[jt]s$/.test(file));
  const projects: Project[] = [
    { name: 'contract', testDir: suite, testMatch: [`contract.spec.${extension}`, `flow.spec.${extension}`] },
    ...(hasOwn ? [{ name: 'operation', testDir: own, testMatch: /\.spec\.[cm]?[jt]s$/ }] : []),
    // Its test waits until it is the only one left; a dependency would run the others whatever --grep says.
    { name: 'limit', testDir: suite, testMatch: `limit.spec.${extension}` },
  ];
  return {
    projects,
    globalSetup: join(suite, `global-setup.${extension}`),
    reporter: [
      [process.stdout.isTTY && process.env['CI'] === undefined ? 'line' : 'dot'],
      [isBuilt ? join(here, 'reporter.js') : join(here, 'scripts', 'contract', 'reporter.ts')],
    ],
    outputDir: join(settings.out, 'playwright'),
    fullyParallel: true,
    workers: 2,
    retries: 0,
    timeout: 60_000,
    forbidOnly: process.env['CI'] !== undefined,
    // With --trace on: Playwright writes headers as they are, and the reporter masks the key at the end.
    use: { trace: 'off', screenshot: 'off', video: 'off', ...networkOptions(settings.target.baseUrl) },
  };
}

/** Playwright's own request goes the same way as ours. */
function networkOptions(
  baseUrl: string,
): Pick<NonNullable<PlaywrightTestConfig['use']>, 'proxy' | 'ignoreHTTPSErrors'> {
  const { proxy, isInsecure } = networkFor(baseUrl, process.env);
  const [username, ...password] = proxy?.credentials?.split(':') ?? [];
  return {
    ignoreHTTPSErrors: isInsecure,
    ...(proxy === null
      ? {}
      : {
          proxy: {
            server: `http://${proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host}:${proxy.port}`,
            ...(username === undefined ? {} : { username, password: password.join(':') }),
          },
        }),
  };
}

/** Of the instance that @limit tests exhaust; the cases go to one without a limit. */
const EMBEDDED_LIMIT = '120/5s';
