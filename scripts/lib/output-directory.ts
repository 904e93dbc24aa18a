import { resolve } from 'node:path';
import type { Host } from './host.ts';

/** Absolute path of the folder for results: ASSAY_OUT, default reports/latest, relative to the working folder. */
export function outputDirectory(host: Pick<Host, 'env' | 'cwd'>): string {
  const name = host.env['ASSAY_OUT'];
  return resolve(host.cwd, name === undefined || name === '' ? 'reports/latest' : name);
}
