import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract } from '../../contracts/lib/contract.ts';
import { successStatuses } from '../../contracts/lib/operation.ts';
import type { Environment } from '../../contracts/lib/target.ts';
import { sound } from './deliveries.ts';
import type { Bed, FaultRow, TargetSpec } from './fault-row.ts';
import { CONTRACT, LIMITS, THROUGHPUT } from './network-rows.ts';

/** Faults in what a command is given: contracts, .env, ids, results. */

const embedded: TargetSpec = { kind: 'embedded' };
const target: TargetSpec = { kind: 'faulty', delivery: sound };

/** The folder of the contract in use, copied so that it can be spoilt; its own tests import from beside it, and stay. */
function copied({ place, contractFolder }: Bed): string {
  const copy = join(place.cwd, 'contract');
  cpSync(contractFolder, copy, { recursive: true, filter: (path) => !path.endsWith('.spec.ts') });
  return copy;
}
/** The schema of what the operation answers where it succeeds. */
function successSchema({ operation }: Contract): string {
  return operation.responses[String(successStatuses(operation)[0])]?.schema ?? '';
}
const ownContract = ({ place }: Bed): Environment => ({ ASSAY_CONTRACT: join(place.cwd, 'contract') });

/** Every command that reads a contract. */
const READERS: readonly (readonly string[])[] = [
  CONTRACT,
  LIMITS,
  THROUGHPUT,
  ['run'],
  ['serve'],
  ['generate'],
  ['generate', '--check'],
  ['diff', './contract', './contract'],
  ['drift'],
  ['doctor'],
];

const spoilt = (fault: string, spoil: (folder: string, contract: Contract) => void, says: RegExp): FaultRow[] =>
  READERS.map((args) => ({
    fault,
    args,
    target: embedded,
    env: ownContract,
    prepare: (bed) => {
      spoil(copied(bed), bed.contract);
      return undefined;
    },
    codes: [2],
    says: [says],
    writesNot: ['contract.json', 'limits.json', 'throughput.json', 'diff.json'],
  }));

function edit(folder: string, file: string, change: (text: string) => string): void {
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
}

const contracts: FaultRow[] = [
  ...spoilt(
    'a schema that is no schema',
    (folder, contract) =>
      edit(folder, successSchema(contract), (text) => text.replace('"type": "object"', '"type": "objekt"')),
    /\.schema\.json at \/type/,
  ),
  ...spoilt(
    'a schema that is no JSON',
    (folder, contract) => edit(folder, successSchema(contract), (text) => text.slice(0, -20)),
    /\.schema\.json/,
  ),
  ...spoilt(
    'a schema that is a number',
    (folder, contract) => edit(folder, successSchema(contract), () => '42'),
    /\.schema\.json/,
  ),
  ...spoilt(
    'a contract folder with a missing schema',
    (folder, contract) => rmSync(join(folder, successSchema(contract))),
    /\.schema\.json.*missing/,
  ),
  ...spoilt(
    'a contract folder without operation.json',
    (folder) => rmSync(join(folder, 'operation.json')),
    /operation\.json/,
  ),
  ...spoilt(
    'a contract folder with a folder in the place of a file',
    (folder, contract) => {
      rmSync(join(folder, successSchema(contract)));
      mkdirSync(join(folder, successSchema(contract)));
    },
    /\.schema\.json/,
  ),
  // Such a contract is sound.
  ...[CONTRACT, LIMITS, THROUGHPUT, ['generate', '--check'], ['diff', '.', './contract']].map(
    (args): FaultRow => ({
      fault: 'a contract folder with Windows line ends',
      args: args.map((arg) => (arg === '.' ? './sound' : arg)),
      target:
        args[0] === 'limits'
          ? { ...target, limit: '10/1s' }
          : args[0] === 'generate' || args[0] === 'diff'
            ? embedded
            : target,
      env: ownContract,
      prepare: (bed) => {
        const folder = copied(bed);
        cpSync(folder, join(bed.place.cwd, 'sound'), { recursive: true });
        for (const file of readdirSync(folder, { recursive: true }) as string[])
          if (/\.(json|ts|mts|mjs)$/.test(file)) edit(folder, file, (text) => text.replaceAll('\n', '\r\n'));
        return undefined;
      },
      codes: [0],
      says: [],
    }),
  ),
];

const unset = (env: Environment): Environment => Object.fromEntries(Object.keys(env).map((name) => [name, undefined]));

/** The target comes from a .env that is written by `text`. */
const dotenv = (
  fault: string,
  text: (env: Environment) => string | Uint8Array,
  expected: Pick<FaultRow, 'codes' | 'says'>,
): FaultRow[] =>
  [CONTRACT, THROUGHPUT].map((args) => ({
    fault: `a .env with ${fault}`,
    args,
    target,
    env: ({ env }) => unset(env),
    prepare: ({ place, env }) => {
      writeFileSync(join(place.cwd, '.env'), text(env));
      return undefined;
    },
    ...expected,
  }));

const lines = (env: Environment, line: (name: string, value: string) => string, end = '\n') =>
  Object.entries(env)
    .map(([name, value]) => line(name, value ?? ''))
    .join(end);
const works = { codes: [0], says: [/contract holds|answers kept it/] } as const;

const environments: FaultRow[] = [
  ...dotenv('double quotes', (env) => lines(env, (name, value) => `${name}="${value}"`), works),
  ...dotenv('single quotes', (env) => lines(env, (name, value) => `${name}='${value}'`), works),
  ...dotenv(
    'spaces, export and comments',
    (env) => `# target\n\n${lines(env, (name, value) => `export ${name} = ${value}   # why`)}\n`,
    works,
  ),
  ...dotenv('Windows line ends', (env) => lines(env, (name, value) => `${name}=${value}`, '\r\n'), works),
  ...dotenv('a byte order mark', (env) => `\ufeff${lines(env, (name, value) => `${name}=${value}`)}`, works),
  ...dotenv('UTF-16, as PowerShell writes it', (env) => utf16(lines(env, (name, value) => `${name}=${value}`)), works),
  ...dotenv(
    'a quote that is not closed',
    (env) => lines(env, (name, value) => (name === 'ASSAY_API_KEY' ? `${name}="${value}` : `${name}=${value}`)),
    { codes: [2], says: [/\.env/, /ASSAY_API_KEY/] },
  ),
  ...[CONTRACT, THROUGHPUT, ['report']].map(
    (args): FaultRow => ({
      fault: 'a folder in the place of .env',
      args,
      target,
      prepare: ({ place }) => {
        mkdirSync(join(place.cwd, '.env'));
        return undefined;
      },
      codes: [2],
      says: [/\.env/],
    }),
  ),
];

function utf16(text: string): Uint8Array {
  return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
}

const ids: FaultRow[] = [CONTRACT, LIMITS, THROUGHPUT, ['run']].flatMap((args) =>
  ['me', '1.5', '1e3', '0x10', '99999999999999999999', ' '].map(
    (id): FaultRow => ({
      fault: `the id "${id}"`,
      args,
      target,
      env: ({ contract }) => ({ [contract.operation.inputs?.[0]?.env ?? '']: id }),
      codes: [2],
      says: [/is (no whole number|not set)/],
      writesNot: ['contract.json', 'limits.json', 'throughput.json'],
    }),
  ),
);

const results: FaultRow[] = [
  ...[
    ['half a result', '{"schemaVersion": 1, "verd'],
    ['a result of a later version', '{"schemaVersion": 99}'],
    ['a result that is none', '[1, 2]'],
  ].map(
    ([fault = '', text = '']): FaultRow => ({
      fault,
      args: ['report', './results'],
      target: embedded,
      prepare: ({ place }) => {
        mkdirSync(join(place.cwd, 'results'));
        writeFileSync(join(place.cwd, 'results', 'contract.json'), text);
        return undefined;
      },
      codes: [2],
      says: [/contract\.json cannot be used/],
    }),
  ),
  ...[
    ['compare', './one', './other'],
    ['merge', './one', './other'],
  ].map(
    (args): FaultRow => ({
      fault: 'half a result',
      args,
      target: embedded,
      prepare: ({ place }) => {
        for (const folder of ['one', 'other']) {
          mkdirSync(join(place.cwd, folder));
          writeFileSync(join(place.cwd, folder, 'throughput.json'), '{"schemaVersion": 1, "mo');
        }
        return undefined;
      },
      codes: [2],
      says: [/throughput\.json cannot be used/],
    }),
  ),
  {
    fault: 'a port that is taken',
    args: ['serve', '--port', '{port}'],
    target,
    codes: [2],
    says: [/port \d+ is in use/],
  },
];

export const INPUT_ROWS: readonly FaultRow[] = [...contracts, ...environments, ...ids, ...results];
