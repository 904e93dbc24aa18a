import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from '@playwright/test';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { writeWhole } from '../lib/files.ts';
import type { Host } from '../lib/host.ts';
import type { LimitsResult, Results } from '../results/results.ts';
import { goodRun, noResults, sampleLimits, soakRun, wholeRun } from '../results/sample-results.fixture.ts';
import { findBrowser } from './find-browser.ts';
import { reportModel } from './model.ts';
import { formatCount, formatDecimal } from './numbers.ts';
import { renderHtml } from './render-html.ts';

/** What the page promises: from the start of the navigation to a drawn first screen. */
const PROMISED_MS = 1000;
const ROUNDS = 7;

const PAGES: readonly { readonly name: string; readonly results: () => Results }[] = [
  { name: 'a good run', results: goodRun },
  { name: 'a bad run, compared and diffed', results: wholeRun },
  { name: 'a limit found with 20,000 requests', results: () => ({ ...noResults, limits: longSearch(20_000) }) },
  { name: "an hour's soak, 100,000 violations", results: soakRun },
];

/** How fast the page opens in a browser, from disk, by how much is in it. Exit code 1 where the median breaks the promise. */
export async function benchReport(host: Host): Promise<ExitCode> {
  const executablePath = findBrowser(host.env, chromium.executablePath());
  if (executablePath === null)
    throw new UserError('there is no browser to open the page in', {
      why: 'neither Playwright nor the system has a Chromium',
      fix: 'npx playwright install chromium, or set ASSAY_CHROMIUM',
      exitCode: ExitCode.Impossible,
    });
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-report-'));
  const browser = await chromium.launch({
    executablePath,
    args: process.getuid?.() === 0 ? ['--no-sandbox', '--disable-gpu'] : [],
  });
  const medians: number[] = [];
  try {
    host.out(row(['page', 'size', 'built', 'opens', 'best', 'worst', 'elements']));
    for (const [index, { name, results }] of PAGES.entries()) {
      if (host.signal.aborted) return ExitCode.Interrupted;
      const path = join(folder, `${index}.html`);
      const startedMs = performance.now();
      writeWhole(path, renderHtml(reportModel(results(), null)));
      const builtMs = performance.now() - startedMs;
      const { openMs, elements } = await opened(browser, pathToFileURL(path).href);
      const sorted = openMs.toSorted((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
      medians.push(median);
      const ms = (value: number | undefined) => `${Math.round(value ?? Number.NaN)} ms`;
      host.out(
        row([
          name,
          `${formatDecimal(statSync(path).size / 1024, 0)} KB`,
          ms(builtMs),
          ms(median),
          ms(sorted[0]),
          ms(sorted.at(-1)),
          formatCount(elements),
        ]),
      );
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
  host.out(
    `opens: median of ${ROUNDS}, from the navigation to the second frame after loading; ${PROMISED_MS} ms promised\n`,
  );
  return medians.every((median) => median < PROMISED_MS) ? ExitCode.Ok : ExitCode.Finding;
}

/** Each time in a page of its own, without a cache. */
async function opened(browser: Browser, url: string): Promise<{ openMs: number[]; elements: number }> {
  const openMs: number[] = [];
  let elements = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    await page.goto(url);
    openMs.push(
      Number(
        await page.evaluate(
          'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now()))))',
        ),
      ),
    );
    elements = Number(await page.evaluate('document.querySelectorAll("*").length'));
    await context.close();
  }
  return { openMs, elements };
}

/** The search of the sample, again and again until it has so many requests. */
function longSearch(requests: number): LimitsResult {
  const limits = sampleLimits();
  const { observations, quota } = limits.evidence;
  const lengthSeconds = (observations.at(-1)?.[1] ?? 0) + 20;
  const times = Math.ceil(requests / observations.length);
  const repeated = <T>(items: readonly T[], moved: (item: T, round: number) => T): T[] =>
    Array.from({ length: times }, (_, round) => items.map((item) => moved(item, round))).flat();
  return {
    ...limits,
    evidence: {
      ...limits.evidence,
      quota: repeated(quota, (point, round) => ({ ...point, atSeconds: point.atSeconds + round * lengthSeconds })),
      observations: repeated(observations, ([number, sentAt, receivedAt, ...rest], round) => [
        number + round * observations.length,
        sentAt + round * lengthSeconds,
        receivedAt + round * lengthSeconds,
        ...rest,
      ]),
    },
  };
}

function row(cells: readonly string[]): string {
  const [name = '', ...numbers] = cells;
  return `${name.padEnd(36)}${numbers.map((cell) => cell.padStart(10)).join('')}\n`;
}
