import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExitCode } from '../../contracts/lib/user-error.ts';
import { writeResult } from '../results/results.ts';
import { sampleContract, sampleThroughput } from '../results/sample-results.fixture.ts';
import { closeDisk, fill, smallDisk } from './disks.ts';
import type { Bed, FaultRow, TargetSpec } from './fault-row.ts';

/** Faults of the files that commands without a target read and write. */

const embedded: TargetSpec = { kind: 'embedded' };
const DISK_BYTES = '1m';

/**
 * Commands that write, each to `./disk` or to ASSAY_OUT, which the rows put there. Before, `./disk` has a contract whose
 * generated files are out of date, and the results of two loads and two shards.
 */
const WRITERS: readonly { readonly args: readonly string[]; readonly cwdIsDisk?: boolean }[] = [
  { args: ['generate'] },
  { args: ['import', './openapi.json', '--out', './disk/new'] },
  { args: ['new', 'create-thing'], cwdIsDisk: true },
  { args: ['init'], cwdIsDisk: true },
  { args: ['report'] },
  { args: ['merge', './disk/a', './disk/b'] },
  { args: ['compare', './disk/a', './disk/b'] },
  { args: ['diff', './sound', './disk/contract'] },
];

/** Fills `./disk`. */
function furnish({ place, contractFolder }: Bed): string {
  const disk = join(place.cwd, 'disk');
  const isOwnTest = (path: string) => path.endsWith('.spec.ts');
  for (const folder of [join(disk, 'contract'), join(place.cwd, 'sound')])
    cpSync(contractFolder, folder, { recursive: true, filter: (path) => !isOwnTest(path) });
  cpSync(join(contractFolder, 'generated', 'openapi.json'), join(place.cwd, 'openapi.json'));
  const types = join(disk, 'contract', 'generated', 'types.ts');
  writeFileSync(types, `${readFileSync(types, 'utf8')}\n// out of date\n`);
  for (const name of ['a', 'b', 'out']) {
    writeResult(join(disk, name), 'contract', sampleContract(), (text) => text);
    writeResult(join(disk, name), 'throughput', sampleThroughput(), (text) => text);
  }
  return disk;
}

const spoiltDisk = (fault: string, spoil: (disk: string) => void, why: RegExp): FaultRow[] =>
  WRITERS.map(({ args, cwdIsDisk }) => {
    let before: ReadonlyMap<string, string> = new Map();
    return {
      fault,
      args,
      target: embedded,
      mounts: true,
      ...(cwdIsDisk === true ? { folder: 'disk' } : {}),
      env: ({ place }) => ({
        ASSAY_CONTRACT: join(place.cwd, 'disk', 'contract'),
        ASSAY_OUT: join(place.cwd, 'disk', 'out'),
      }),
      prepare: (bed) => {
        const disk = join(bed.place.cwd, 'disk');
        const undo = smallDisk(disk, DISK_BYTES);
        furnish(bed);
        spoil(disk);
        before = textsBelow(disk);
        return undo;
      },
      codes: [3],
      says: [/cannot write/, why],
      check: (_, { place }) => changes(before, textsBelow(join(place.cwd, 'disk'))),
    };
  });

/** Path → text of every file. */
function textsBelow(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'latin1')]),
  );
}

/** What was there is as it was, and no part of a file lies beside it. */
function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [
    ...[...before].flatMap(([file, text]) => (after.get(file) === text ? [] : [`${file} is not as it was`])),
    ...[...after.keys()].flatMap((file) => (before.has(file) ? [] : [`there is a ${file}`])),
  ];
}

/** Files that a command is given. */
const NAMED: readonly (readonly [args: readonly string[], says: RegExp, codes?: readonly ExitCode[]])[] = [
  [['import', './file', '--operation', 'x'], /file/],
  [['import', '--from-curl', './file', '--from-response', './file'], /curl|cannot be read|there is no file/],
  [['drift', './file'], /file/],
  [['diff', './file', './file', '--direction', 'request'], /file/],
  [['diff', './sound', './sound', '--accept', './file'], /file/],
  [['contract', '--baseline', './file'], /file/],
  [['report', './file'], /file/],
  [['compare', './file', './file'], /file/],
  [['merge', './file', './other'], /file|other/],
  [['ledger', './file'], /file/],
];

const named = (fault: string, make: (path: string) => void): FaultRow[] =>
  NAMED.map(([args, says]) => ({
    fault,
    args,
    target: embedded,
    prepare: (bed) => {
      make(join(bed.place.cwd, 'file'));
      mkdirSync(join(bed.place.cwd, 'other'));
      cpSync(bed.contractFolder, join(bed.place.cwd, 'sound'), { recursive: true });
      return undefined;
    },
    codes: [2],
    says: [says],
    writesNot: ['contract.json', 'diff.json', 'compare.json'],
  }));

/** Output that nobody reads any more. */
const unread: FaultRow[] = [
  ['report', './disk/a'],
  ['ledger', './disk/a'],
  ['schema', 'limits'],
  ['completion', 'bash'],
  ['diff', './sound', './sound'],
  ['generate', '--check'],
  ['doctor'],
].map((args) => ({
  fault: 'output that nobody reads any more (EPIPE)',
  args,
  target: embedded,
  closesOutput: true,
  prepare: (bed) => {
    const disk = furnish(bed);
    writeFileSync(join(disk, 'a', 'created.jsonl'), '{"id":1}\n');
    return undefined;
  },
  codes: [0],
  says: [],
}));

const ledgers: FaultRow[] = [
  {
    fault: 'a last line that is cut off',
    args: ['ledger', './results'],
    target: embedded,
    prepare: ({ place }) => {
      mkdirSync(join(place.cwd, 'results'));
      writeFileSync(
        join(place.cwd, 'results', 'created.jsonl'),
        '{"at":"2026-01-01T00:00:00.000Z","phase":"limits","operation":"x","case":"y","id":1}\n{"at":"2026-01-01T0',
      );
      return undefined;
    },
    codes: [0],
    says: [/1 created/, /1 lines are damaged: the run was killed while it wrote them/],
  },
];

export const FILE_ROWS: readonly FaultRow[] = [
  ...spoiltDisk('a full disk', fill, /ENOSPC/),
  ...spoiltDisk('a disk that cannot be written', closeDisk, /EROFS/),
  ...named('a file that is not there', () => undefined),
  ...named('a folder in the place of a file', (path) => mkdirSync(path)),
  ...named('an empty file', (path) => writeFileSync(path, '')),
  ...named('a file of bytes that are no UTF-8', (path) => writeFileSync(path, Buffer.from([0xff, 0x00, 0xfe, 0x22]))),
  ...unread,
  ...ledgers,
];
