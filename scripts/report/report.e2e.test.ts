import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { valueAt } from '../../contracts/lib/pointer.ts';
import { redactor } from '../../contracts/lib/redact.ts';
import { testHost } from '../lib/test-host.ts';
import { pastRun, writeHistory } from '../results/history.ts';
import { openLedger } from '../results/ledger.ts';
import { type Results, writeResult } from '../results/results.ts';
import {
  goodRun,
  HOSTILE,
  hostileRun,
  noResults,
  sampleCompare,
  sampleHistory,
  sampleLimits,
  soakRun,
  wholeRun,
} from '../results/sample-results.fixture.ts';
import { browserForTests } from './find-browser.ts';
import { reportModel } from './model.ts';
import { renderHtml } from './render-html.ts';
import { runReport } from './run-report.ts';
import { visible } from './shown-text.ts';

/**
 * The page in a real browser, opened from disk. Without one the tests are skipped, loudly; with
 * ASSAY_REQUIRE_BROWSER=1 that is a failure.
 */
const executablePath = browserForTests(process.env, chromium.executablePath());

const BYTES_BEFORE_DATA = 250 * 1024;

/** The checker that runs in the page, and what it finds: rule and the first places. */
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const accessibility = (options: string) => `axe.run(document, ${options}).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 120)).join(' | ')))`;
/** Contrast takes most of the time and depends on the colours only: it is checked where every section is there. */
const LOOKS = [
  { colorScheme: 'light', width: 1280, colours: '{}' },
  { colorScheme: 'dark', width: 390, colours: '{ runOnly: ["color-contrast", "scrollable-region-focusable"] }' },
] as const;
const WITHOUT_COLOURS = '{ rules: { "color-contrast": { enabled: false } } }';

const runs: Readonly<Record<string, () => Results>> = {
  good: goodRun,
  bad: wholeRun,
  hostile: hostileRun,
  'compared alone': () => ({ ...noResults, compare: sampleCompare() }),
  'limits alone': () => ({ ...noResults, limits: sampleLimits() }),
};

let folder: string;
let browser: Browser;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-report-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The folder of a run's results and report; built once. */
async function build(name: string, results: Results): Promise<string> {
  const out = join(folder, name);
  if (existsSync(join(out, 'index.html'))) return out;
  mkdirSync(out, { recursive: true });
  const keep = redactor([]);
  if (results.contract) writeResult(out, 'contract', results.contract, keep);
  if (results.limits) writeResult(out, 'limits', results.limits, keep);
  if (results.throughput) writeResult(out, 'throughput', results.throughput, keep);
  if (results.diff) writeResult(out, 'diff', results.diff, keep);
  if (results.compare) writeResult(out, 'compare', results.compare, keep);
  openLedger(out, keep).append({
    at: '2026-01-02T03:04:05.000Z',
    phase: 'contract',
    operation: 'create-chat',
    case: 'positive.full',
    id: 1,
  });
  const run = pastRun(results);
  if (name === 'bad' && run !== null) writeHistory(join(out, 'history.json'), sampleHistory(run), keep);
  expect(await runReport(out, testHost())).toBe(0);
  return out;
}

test('the page is small: everything but data stays under 250 KB', async () => {
  const out = await build('small', {
    ...noResults,
    limits: { ...sampleLimits(), evidence: { models: [], foretold: null, quota: [], observations: [] } },
  });
  expect(statSync(join(out, 'index.html')).size).toBeLessThan(BYTES_BEFORE_DATA / 4);
  expect(statSync(join(await build('good', goodRun()), 'index.html')).size).toBeLessThan(BYTES_BEFORE_DATA);
});

describe.skipIf(executablePath === null)('in a browser', () => {
  beforeAll(async () => {
    const isRoot = process.getuid?.() === 0;
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: isRoot ? ['--no-sandbox'] : [] });
  });
  afterAll(() => browser?.close());

  /** A page that fails the test for anything it says or asks for. */
  async function opened(
    out: string,
    options: Parameters<Browser['newPage']>[0] = {},
  ): Promise<{ page: Page; told: string[] }> {
    const page = await browser.newPage({ reducedMotion: 'reduce', ...options });
    const url = pathToFileURL(join(out, 'index.html')).href;
    const told: string[] = [];
    page.on('console', (message) => told.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => told.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => told.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => {
      if (request.url() !== url) told.push(`request: ${request.url()}`);
    });
    await page.goto(url);
    return { page, told };
  }

  for (const [name, results] of Object.entries(runs)) {
    test(`a ${name} run opens light and dark, wide and narrow: nothing said, asked for or sticking out, all accessible`, async () => {
      const { page, told } = await opened(await build(name, results()), { viewport: { width: 1280, height: 800 } });
      await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
      await page.evaluate(axeSource);
      for (const { colorScheme, width, colours } of LOOKS) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        const isDark = (await page.evaluate('getComputedStyle(document.body).backgroundColor')) === 'rgb(15, 18, 21)';
        expect(isDark).toBe(colorScheme === 'dark');
        if (name === 'bad') expect(await page.evaluate(accessibility(colours))).toEqual([]);
      }
      if (name !== 'bad') expect(await page.evaluate(accessibility(WITHOUT_COLOURS))).toEqual([]);
      expect(await page.evaluate('globalThis.__run')).toBeUndefined();
      expect(told).toEqual([]);
      await page.close();
    });

    test(`the numbers on the page of a ${name} run are the JSON's`, async () => {
      const out = await build(name, results());
      const { page } = await opened(out);
      const shown = await page
        .locator('data[data-from]')
        .evaluateAll((all) =>
          all.map((one) => [
            one.getAttribute('data-from') ?? '',
            one.getAttribute('value') ?? '',
            one.textContent ?? '',
          ]),
        );
      expect(shown.length).toBeGreaterThan(5);
      const files = new Map<string, unknown>();
      for (const [from = '', value = '', text = ''] of shown) {
        const [file = '', pointer = ''] = from.split('#');
        if (!files.has(file)) files.set(file, JSON.parse(readFileSync(join(out, file), 'utf8')));
        const number = valueAt(files.get(file), pointer);
        expect(Number(value), from).toBe(number);
        expect(relativeError(text, Number(value)), `${from} is ${number}, shown as ${text}`).toBeLessThan(0.01);
      }
      await page.close();
    });
  }

  test('the first screen answers all four questions with a word, a number and a link that leads somewhere', async () => {
    const { page } = await opened(await build('bad', wholeRun()), { viewport: { width: 1280, height: 900 } });
    const answers = page.locator('.answer');
    expect(await answers.locator('.word').allTextContents()).toEqual([
      'Broken',
      'Differs',
      'Breaks',
      'Breaking',
      'Worse',
    ]);
    expect(await answers.locator('.figure').allTextContents()).toEqual(['4', '100–120', '240', '1', '+37.9 %']);
    for (const answer of await answers.all()) {
      const box = await answer.boundingBox();
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(900);
    }
    for (const link of await page.locator('a[href^="#"]').all()) {
      const anchor = ((await link.getAttribute('href')) ?? '').slice(1);
      expect(await page.locator(`[id="${anchor}"]`).count(), anchor).toBe(1);
    }
    await page.close();
  });

  test("a server's words are shown as they are, and a megabyte is cut, which is said", async () => {
    const { page } = await opened(await build('hostile', hostileRun()));
    const texts = await page.locator('.violation .text').allTextContents();
    for (const words of HOSTILE) expect(texts).toContain(visible(words));
    expect(await page.getByText('The first 2,000 of 1,048,576 characters.').count()).toBeGreaterThan(0);
    expect(await page.locator('img, iframe, object, embed, link, [onload], [onerror], [style]').count()).toBe(0);
    await page.close();
  });

  test('the page itself forbids to load or run anything else', async () => {
    const { page } = await opened(await build('good', goodRun()));
    const violated = await page.evaluate(
      `new Promise((resolve) => {
        const blocked = [];
        document.addEventListener('securitypolicyviolation', (event) => {
          blocked.push(event.effectiveDirective);
          if (blocked.length === 3) resolve(blocked.sort());
        });
        const script = document.createElement('script');
        script.textContent = 'globalThis.__run = 5';
        const image = document.createElement('img');
        image.src = 'http://127.0.0.1:9/x.png';
        document.body.append(script, image);
        fetch('http://127.0.0.1:9/').catch(() => {});
      })`,
    );
    expect(violated).toEqual(['connect-src', 'img-src', 'script-src-elem']);
    expect(await page.evaluate('globalThis.__run')).toBeUndefined();
    await page.close();
  });

  test('cases are filtered by state and searched by any of their words, with the keyboard alone', async () => {
    const { page } = await opened(await build('bad', wholeRun()));
    const rows = page.locator('.case:visible');
    const all = wholeRun().contract?.cases ?? [];
    // What holds is folded away, and unfolded where it is asked for.
    expect(await rows.count()).toBe(all.filter(({ group }) => group !== 'required').length);
    await page.getByRole('searchbox').fill('required.customer');
    expect(await rows.count()).toBe(1);
    await page.getByRole('searchbox').fill('');
    expect(await page.locator('.case[id="case-required.customer"]').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'broken 4' }).press('Enter');
    expect(await rows.count()).toBe(4);
    expect(await page.locator('.filters output').textContent()).toBe(`4 of ${all.length} cases`);
    await page.keyboard.press('/');
    await page.keyboard.type('createdat REQUIRED-only');
    expect(await rows.count()).toBe(1);
    // Past the heading of the group.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await rows.locator('.curl').isVisible()).toBe(true);
    await page.close();
  });

  test('a link to a request opens the table that it is in; a chart is read with arrow keys', async () => {
    const { page } = await opened(await build('good', goodRun()));
    await page.getByRole('link', { name: 'request 252' }).click();
    expect(await page.locator('#request-252').isVisible()).toBe(true);
    const plot = page.locator('#rates .plot');
    await plot.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const point = goodRun().throughput?.series[1];
    expect(await page.locator('#rates .reading').textContent()).toContain(`accepted ${point?.accepted}`);
    await page.keyboard.press('Escape');
    expect(await page.locator('#rates .reading').isVisible()).toBe(false);
    await page.close();
  });

  test('controls, pictures and tables have names; headings do not skip a level', async () => {
    const { page } = await opened(await build('bad', wholeRun()));
    const nameless =
      await page.evaluate(`[...document.querySelectorAll('button, input, svg[role=img], table, nav, section, [role=region], [role=search]')].filter((one) => {
      const by = one.getAttribute('aria-labelledby');
      const name = one.getAttribute('aria-label') || (by && by.split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ')) || one.querySelector('caption')?.textContent || (one.tagName === 'BUTTON' && one.textContent);
      return !name;
    }).map((one) => one.outerHTML.slice(0, 80))`);
    expect(nameless).toEqual([]);
    const levels = await page
      .locator('h1, h2, h3, h4')
      .evaluateAll((all) => all.map((one) => Number(one.tagName.slice(1))));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    const ids = await page.locator('[id]').evaluateAll((all) => all.map((one) => one.id));
    expect(new Set(ids).size).toBe(ids.length);
    await page.close();
  });

  test("an hour's soak with a hundred thousand violations is grouped and thinned to a page that stays small", async () => {
    const out = join(folder, 'soak');
    mkdirSync(out);
    writeFileSync(join(out, 'index.html'), renderHtml(reportModel(soakRun(), null)));
    expect(statSync(join(out, 'index.html')).size).toBeLessThan(1024 * 1024);
    const { page, told } = await opened(out);
    expect(await page.evaluate('document.querySelectorAll("*").length')).toBeLessThan(25_000);
    expect(told).toEqual([]);
    expect(await page.locator('.violation').count()).toBe(40);
    expect(await page.locator('#contract').textContent()).toContain('99,500 more cases');
    await page.close();
  });
});

/** How far the shown text, read back in its unit, is from the value. */
function relativeError(text: string, value: number): number {
  const duration = [...text.matchAll(/([\d.,]+) (h|min|s)\b/g)];
  const inMilliseconds = /ms/.test(text);
  const number = Number(/-?[\d.,]+/.exec(text)?.[0]?.replaceAll(',', ''));
  const seconds = duration.reduce(
    (sum, [, count = '', unit = '']) =>
      sum + Number(count.replaceAll(',', '')) * ({ h: 3600, min: 60, s: 1 }[unit] ?? 1),
    0,
  );
  const numbers = /%$/.test(text) ? [number, number / 100] : [number];
  const readings = inMilliseconds || duration.length === 0 ? numbers : [seconds, seconds * 1000];
  return Math.min(
    ...readings.map((reading) => (value === 0 ? Math.abs(reading) : Math.abs(reading - value) / Math.abs(value))),
  );
}
