import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { FullConfig } from '@playwright/test/reporter';
import { findPackageRoot } from '../../contracts/suite/settings.ts';

/** Where reporters write, if they are told nothing else. */
const USUAL_FOLDERS = ['playwright-report', 'blob-report', 'test-results'];
const REPORTER_OPTIONS = ['outputFolder', 'outputDir', 'outputFile'];
/** What a test may have asked Playwright to record, wherever it lies. */
const RECORDING = /\.(?:har|zip|trace|network|webm)$/;
const NOT_LOOKED_INTO = ['node_modules', '.git'];
const DEEPEST = 6;

/**
 * Files and folders that a Playwright run may have written, its reports included. Playwright writes headers as they
 * are into traces and HAR files, and from there into its HTML and blob reports.
 */
export function playwrightArtifacts(config: FullConfig, attachments: readonly string[]): string[] {
  const roots = [process.cwd(), config.rootDir, findPackageRoot()];
  if (config.configFile !== undefined) roots.push(dirname(config.configFile));
  const inRoots = (path: string) => roots.map((root) => resolve(root, path));
  const ofReporters = config.reporter.flatMap(([, options]: readonly [string, unknown?]) =>
    REPORTER_OPTIONS.flatMap((name) => {
      const path = (options as Record<string, unknown> | undefined)?.[name];
      return typeof path === 'string' && path !== '' ? inRoots(path) : [];
    }),
  );
  const ofEnvironment = Object.entries(process.env).flatMap(([name, value]) =>
    /^PLAYWRIGHT_\w*(?:OUTPUT|REPORT)/.test(name) && value ? inRoots(value) : [],
  );
  return [
    ...config.projects.map(({ outputDir }) => outputDir),
    ...ofReporters,
    ...ofEnvironment,
    ...USUAL_FOLDERS.flatMap(inRoots),
    ...attachments,
    ...recordingsBelow(process.cwd(), DEEPEST),
  ].filter((path) => existsSync(path) && !roots.includes(path));
}

function recordingsBelow(folder: string, depth: number): string[] {
  if (depth === 0) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_LOOKED_INTO.includes(entry.name) ? [] : recordingsBelow(path, depth - 1);
    return RECORDING.test(entry.name) && statSync(path, { throwIfNoEntry: false })?.isFile() ? [path] : [];
  });
}
