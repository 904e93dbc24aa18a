#!/usr/bin/env node
// `node scripts/package/release-notes.mjs 0.2.0`: the change log's part about a version, for its release. Ends with 1
// where package.json or the change log name another version: nothing is published then.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const [version = ''] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const parts = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').split(/^## /m).slice(1);
const part = parts.find((text) => text.split(/[\s\n]/, 1)[0] === version);
const problems = [
  ...(manifest.version === version ? [] : [`package.json has the version ${manifest.version}`]),
  ...(part === undefined ? [`CHANGELOG.md has no heading "## ${version}"`] : []),
];
if (problems.length > 0) {
  console.error(
    `error: ${version || 'no version'} cannot be released\n  why: ${problems.join('; ')}\n  fix: give all three the same version`,
  );
  process.exitCode = 1;
} else {
  console.log(part.slice(part.indexOf('\n') + 1).trim());
}
