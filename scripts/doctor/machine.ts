import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { findPlaywright } from '../contract/playwright.ts';
import { lookForK6 } from '../k6/find.ts';
import { findGo } from '../k6/go-build.ts';
import { K6_VERSION } from '../k6/version.ts';
import type { Host } from '../lib/host.ts';
import { findBrowser } from '../report/find-browser.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** What is installed on this machine. Installs nothing, and sends nothing. */
export async function machineFindings(host: Host, nodeVersion: string): Promise<Finding[]> {
  return [nodeFinding(nodeVersion), playwrightFinding(host), await k6Finding(host), browserFinding(host)];
}

/** `version` as Node says it, without "v". */
export function nodeFinding(version: string): Finding {
  const wanted = packageFile.engines.node.replace(/^\D+/, '');
  return isAtLeast(version, wanted)
    ? ok('node', version)
    : failed('node', `${version}, older than ${wanted}`, `install Node ${wanted} or newer`, ExitCode.Impossible);
}

function playwrightFinding(host: Host): Finding {
  const wanted = packageFile.peerDependencies['@playwright/test'].replace(/^\D+/, '');
  try {
    const folder = dirname(findPlaywright(host));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    if (isAtLeast(version, wanted)) return ok('playwright', `${version} in ${folder}`);
    const fix = 'run `npm install --save-dev @playwright/test@latest`';
    return failed('playwright', `${version}, older than ${wanted}`, fix, ExitCode.Impossible);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return failed('playwright', error.why, error.fix, error.exitCode);
  }
}

async function k6Finding(host: Host): Promise<Finding> {
  try {
    const found = await lookForK6(host);
    if (found !== null) return ok('k6', `${found.version} (${found.origin}: ${found.path})`);
    const go = await findGo(host.env, process.platform);
    const way = go.kind === 'no-go' ? 'downloaded' : `downloaded, or built with Go ${go.version}`;
    const fix = 'nothing; or put a k6 on the PATH, or name one in K6_PATH';
    return warning('k6', `none yet: v${K6_VERSION} is ${way} when it is first needed`, fix);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return failed('k6', error.why, error.fix, error.exitCode);
  }
}

function browserFinding(host: Host): Finding {
  const found = findBrowser(host.env, playwrightsBrowser(host));
  return found === null
    ? warning(
        'browser',
        "none: only the toolkit's own tests of the report need one",
        'run `npx playwright install chromium`',
      )
    : ok('browser', found);
}

/** Where Playwright keeps its Chromium, whether it is there or not. */
function playwrightsBrowser(host: Host): string {
  try {
    const playwright = createRequire(join(dirname(findPlaywright(host)), 'package.json'))('@playwright/test') as {
      chromium: { executablePath(): string };
    };
    return playwright.chromium.executablePath();
  } catch {
    return '';
  }
}

/** Versions of numbers and dots; what follows a "-" is passed over. */
function isAtLeast(version: string, wanted: string): boolean {
  const parts = (text: string) => (text.split('-')[0] ?? '').split('.').map(Number);
  const [have, need] = [parts(version), parts(wanted)];
  for (const [at, least] of need.entries()) {
    const part = have[at] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
