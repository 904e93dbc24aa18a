import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { entryFolder } from '../k6/cache.ts';
import { sound } from './deliveries.ts';
import { fill, readOnly, smallDisk } from './disks.ts';
import type { Bed, FaultRow, TargetSpec } from './fault-row.ts';
import * as moment from './moments.ts';
import { CONTRACT, LIMITS, THROUGHPUT } from './network-rows.ts';
import { runAssay } from './run-assay.ts';

/** Faults of the machine that the command runs on: disk, folders, k6, clock. */

const target: TargetSpec = { kind: 'faulty', delivery: sound };
const LIMITED: TargetSpec = { ...target, limit: '10/1s' };
const SHORT = [
  { args: CONTRACT, target, result: 'contract.json' },
  { args: LIMITS, target: LIMITED, result: 'limits.json' },
  { args: THROUGHPUT, target, result: 'throughput.json' },
] as const;
const K6_USERS = SHORT.slice(1);

const disk: FaultRow[] = [
  ...SHORT.map(
    ({ args, target }): FaultRow => ({
      fault: 'an output folder on a full disk',
      args,
      target,
      mounts: true,
      prepare: ({ place }) => {
        const undo = smallDisk(place.out, '64k');
        fill(place.out);
        return undo;
      },
      codes: [3],
      says: [/cannot write|cannot be written/, /ENOSPC/],
      losesLedger: true,
    }),
  ),
  ...SHORT.map(
    ({ args, target, result }): FaultRow => ({
      fault: 'a disk that is full in mid-run',
      args,
      target,
      mounts: true,
      prepare: ({ place }) => smallDisk(place.out, '1m'),
      meanwhile: async (running, bed) => {
        await moment.answers(bed, running, 1);
        fill(bed.place.out);
        return [];
      },
      codes: [3],
      says: [/cannot write/, /ENOSPC/],
      writesNot: [result],
      losesLedger: true,
    }),
  ),
  ...K6_USERS.map(
    ({ args, target }): FaultRow => ({
      fault: 'a full folder for temporary files',
      args,
      target,
      mounts: true,
      prepare: ({ place }) => smallDisk(place.temporary, '16k'),
      codes: [3],
      says: [/ENOSPC/],
      losesLedger: true,
    }),
  ),
  ...SHORT.map(
    ({ args, target }): FaultRow => ({
      fault: 'a read-only output folder',
      args,
      target,
      mounts: true,
      prepare: ({ place }) => readOnly(place.out),
      codes: [3],
      says: [/EROFS/],
      losesLedger: true,
    }),
  ),
  ...[...SHORT, { args: ['run'], target }].map(
    ({ args, target }): FaultRow => ({
      fault: 'a file where the output folder should be',
      args,
      target,
      prepare: ({ place }) => {
        writeFileSync(place.out, 'a file');
        return undefined;
      },
      codes: [3],
      says: [/EEXIST|ENOTDIR/],
      losesLedger: true,
    }),
  ),
  ...SHORT.map(
    ({ args, target, result }): FaultRow => ({
      fault: 'an output folder that is removed in mid-run',
      args,
      target,
      meanwhile: async (running, bed) => {
        await moment.answers(bed, running, 1);
        rmSync(bed.place.out, { recursive: true, force: true });
        return [];
      },
      codes: [0],
      says: [],
      writes: [result, 'index.html'],
      losesLedger: true,
    }),
  ),
];

const together: FaultRow[] = SHORT.map(({ args, target, result }) => ({
  fault: 'another run in the same folder',
  args,
  target,
  meanwhile: async (running, bed) => {
    await moment.answers(bed, running, 1);
    const other = await runAssay(bed.packageRoot, bed.place, { args, env: bed.env, longestSeconds: 60 });
    return [
      ...(other.code === 3 ? [] : [`the other run ended with ${other.code}`]),
      ...(/another run writes to[\s\S]*process \d+ holds/.test(other.stderr)
        ? []
        : [`the other run said ${other.stderr}`]),
    ];
  },
  codes: [0],
  says: [],
  writes: [result, 'index.html'],
}));

/** A program of the name k6 in a folder of its own. */
function fakeK6({ place }: Bed, version: string): string {
  const folder = join(place.cwd, 'bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'k6'), `#!/bin/sh\necho "${version}"\n`, { mode: 0o755 });
  return folder;
}

const OLD = 'k6 v0.49.0 (go1.21.6, linux/amd64)';
const k6: FaultRow[] = K6_USERS.flatMap(({ args, target }): FaultRow[] => [
  {
    fault: 'a k6 on the PATH that is too old',
    args,
    target,
    env: (bed) => ({ PATH: [fakeK6(bed, OLD), process.env['PATH']].join(delimiter) }),
    codes: [0],
    says: [/k6 on the PATH is passed over: .* is v0\.49\.0, older than v2\.0\.0/],
  },
  {
    fault: 'a K6_PATH that is too old',
    args,
    target,
    env: (bed) => ({ K6_PATH: join(fakeK6(bed, OLD), 'k6') }),
    codes: [2],
    says: [/K6_PATH names no usable k6\n.*v0\.49\.0, older than v2\.0\.0/],
  },
  {
    fault: 'a K6_PATH that is no k6',
    args,
    target,
    env: (bed) => ({ K6_PATH: join(fakeK6(bed, 'hello'), 'k6') }),
    codes: [2],
    says: [/K6_PATH names no usable k6\n.*is no k6: "version" made it say "hello"/],
  },
  {
    fault: 'a corrupt k6 in the cache, and no other',
    args,
    target,
    env: ({ place }) => ({
      ASSAY_CACHE_DIR: join(place.cwd, 'cache'),
      // No Go either, which would take minutes to build one.
      PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    }),
    prepare: ({ place }) => {
      const folder = entryFolder(join(place.cwd, 'cache'), { platform: platform(), arch: arch(), homeDir: place.cwd });
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'k6'), 'not what was recorded', { mode: 0o755 });
      writeFileSync(join(folder, 'k6.json'), '{"version":"2.2.0"');
      return undefined;
    },
    // 0 where the official release can be fetched.
    codes: [0, 3],
    says: [/the cached k6 is replaced: its record is missing or unreadable/],
    check: ({ code }, { place }) =>
      code === 0 || readdirSync(join(place.cwd, 'cache', 'k6')).every((name) => !/staging|lock/.test(name))
        ? []
        : ['it left files in the cache'],
  },
]);

/** A module that moves the clock of a Node process by so many ms, a second after it started. */
const clockModule = (jumpMs: number) => `
const Real = Date;
const startedAtMs = performance.now();
const jumpMs = () => (performance.now() - startedAtMs > 1000 ? ${jumpMs} : 0);
globalThis.Date = class Date extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + jumpMs());
    else super(...given);
  }
  static now() {
    return Real.now() + jumpMs();
  }
};
`;
const HOUR_MS = 3_600_000;
const clock: FaultRow[] = SHORT.flatMap(({ args, target, result }) =>
  [HOUR_MS, -HOUR_MS].map(
    (jumpMs): FaultRow => ({
      fault: `a clock that jumps an hour ${jumpMs > 0 ? 'ahead' : 'back'}`,
      args,
      target,
      env: ({ place }) => {
        const file = join(place.cwd, 'clock.mjs');
        writeFileSync(file, clockModule(jumpMs));
        // For Playwright's workers too.
        return { NODE_OPTIONS: `--import=${file}` };
      },
      codes: [0],
      says: [],
      writes: [result, 'index.html'],
    }),
  ),
);

export const MACHINE_ROWS: readonly FaultRow[] = [...disk, ...together, ...k6, ...clock];
