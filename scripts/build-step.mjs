// What a build need not do again: a step whose inputs and outputs are, byte for byte, what they were after it last ran is
// taken from the last build. Used by build.mjs only.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `{ key, steps: { name: { inputs, outputs } } }`, inputs and outputs as path → hash. */
export const RECORD = '.build.json';

/**
 * Steps that write into `into` and may take what they wrote before from `from`. Paths of inputs are relative to `root`.
 * `key` is whatever else makes the outputs (tools, options); `isFresh(name)` says that a step has to run in any case.
 */
export function buildSteps({ root, from, into, key, isFresh }) {
  const last = readRecord(join(from, RECORD), key);
  const now = { key, steps: {} };
  const hashes = new Map();
  const hashOf = (path) => {
    const known = hashes.get(path);
    if (known !== undefined) return known;
    const hash = existsSync(path) ? createHash('sha1').update(readFileSync(path)).digest('base64') : null;
    hashes.set(path, hash);
    return hash;
  };
  const areAs = (files, folder) =>
    Object.entries(files).every(([path, hash]) => hash !== null && hashOf(join(folder, path)) === hash);
  const hashed = (paths, folder) =>
    Object.fromEntries([...paths].sort().map((path) => [path, hashOf(join(folder, path))]));

  const kept = {};
  for (const [name, step] of Object.entries(last.steps))
    if (!isFresh(name) && areAs(step.inputs, root) && areAs(step.outputs, from)) kept[name] = step;

  return {
    /** Whether the named steps make up all of the last build, and none of them has to run. */
    areAllKept: (names) =>
      names.length === Object.keys(last.steps).length && names.every((name) => kept[name] !== undefined),
    /** Runs `make`, which returns the paths of its inputs and outputs (those in `into`), if it has to. */
    async step(name, make) {
      const old = kept[name];
      if (old !== undefined) {
        now.steps[name] = old;
        return;
      }
      const { inputs, outputs } = await make();
      now.steps[name] = { inputs: hashed(inputs, root), outputs: hashed(outputs, into) };
    },
    /** Moves what is kept of the last build, which is none after that: the last thing a build does that did not fail. */
    takeKept() {
      for (const { outputs } of Object.values(kept))
        for (const path of Object.keys(outputs)) {
          mkdirSync(dirname(join(into, path)), { recursive: true });
          renameSync(join(from, path), join(into, path));
        }
    },
    inputsOf: (name) => Object.keys(now.steps[name].inputs),
    record: () => `${JSON.stringify(now)}\n`,
  };
}

function readRecord(path, key) {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8'));
    if (record.key === key) return record;
  } catch {
    // None, or not one of ours: everything is built.
  }
  return { key, steps: {} };
}
