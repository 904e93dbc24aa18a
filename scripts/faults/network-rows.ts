import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExitCode } from '../../contracts/lib/user-error.ts';
import { selfSigned } from './certificate.ts';
import { DELIVERIES, type DeliveryName, sound } from './deliveries.ts';
import type { Bed, FaultRow, TargetSpec } from './fault-row.ts';

/** Faults between a command and its target. */

/** Few cases, in one worker: what is looked at is the fault, not the suite. */
export const CONTRACT = ['contract', '--grep', '\\[positive\\.(full|required-only)\\]', '--workers', '1'];
export const LIMITS = ['limits', '--max-requests', '200', '--max-time', '8s'];
export const THROUGHPUT = ['throughput', '--rate', '30', '--duration', '1s'];
/** For the limit finder; small, so that it is found soon. */
const LIMIT = '10/1s';

type Expected = { readonly codes: readonly ExitCode[]; readonly says: RegExp };
const holds: Expected = { codes: [0], says: /contract holds/ };
const broken = (says: RegExp): Expected => ({ codes: [1], says });
/** Found out, or undecided with a reason; never without a verdict. */
const verdict: Expected = { codes: [0, 4], says: /^(exact|bounded|inconclusive): .+/m };
const unusable = (says: RegExp): Expected => ({ codes: [3], says });

/**
 * What each command makes of each way to answer. `load`: it begins behind the one request that asks whether the target
 * answers; `probe`: that one meets it.
 */
const EXPECTED: Readonly<
  Record<DeliveryName, { contract: Expected; limits: Expected; probe: Expected | null; load: Expected }>
> = {
  'reset-before': {
    contract: broken(/connection\.reset: expected an answer, received the connection ended without an answer/),
    limits: unusable(/requests got no answer \(read: connection reset by peer\)/),
    probe: unusable(/the connection ended without an answer/),
    load: broken(/no answer[\s\S]*failed<1%: missed/),
  },
  'reset-during': {
    contract: broken(/the connection ended within the answer/),
    limits: unusable(/requests got no answer \(read: connection reset by peer\)/),
    probe: unusable(/the connection ended within the answer/),
    load: broken(/no answer[\s\S]*failed<1%: missed/),
  },
  'reset-after': {
    contract: holds,
    limits: verdict,
    probe: null,
    // A request that meets the reset is lost, and told as such.
    load: { codes: [0, 1], says: /requests {3}\d+ in 1 s/ },
  },
  'byte-a-second': {
    contract: broken(/no answer within 1 s|did not end within 1 s/),
    limits: unusable(/requests got no answer \(request timeout\)/),
    probe: unusable(/did not end within 1 s|no answer within 1 s/),
    load: broken(/no answer[\s\S]*failed<1%: missed/),
  },
  silence: {
    contract: broken(/no answer within 1 s/),
    limits: unusable(/requests got no answer \(request timeout\)/),
    probe: unusable(/no answer within 1 s/),
    load: broken(/no answer[\s\S]*failed<1%: missed/),
  },
  'half-a-body': {
    contract: broken(/the connection ended within the answer/),
    limits: unusable(/requests got no answer \(unexpected EOF\)/),
    probe: unusable(/the connection ended within the answer/),
    load: broken(/no answer[\s\S]*failed<1%: missed/),
  },
  'length-too-long': {
    contract: broken(/the connection ended within the answer/),
    limits: unusable(/requests got no answer \(unexpected EOF\)/),
    probe: unusable(/the connection ended within the answer/),
    load: broken(/no answer[\s\S]*failed<1%: missed/),
  },
  'length-too-short': {
    contract: broken(/body\.json|HPE_CLOSED_CONNECTION/),
    limits: verdict,
    probe: null,
    load: broken(/× 201 body\.json/),
  },
  'endless-body': {
    contract: broken(/more than 4,194,304 bytes/),
    limits: unusable(/requests got no answer \(request timeout\)/),
    probe: unusable(/more than 4,194,304 bytes/),
    load: broken(/no answer[\s\S]*failed<1%: missed/),
  },
  '100-mb-body': {
    contract: broken(/more than 4,194,304 bytes/),
    limits: { codes: [0, 3, 4], says: /memory|exact|bounded|inconclusive/ },
    probe: unusable(/more than 4,194,304 bytes/),
    load: { codes: [1, 3, 4], says: /memory|missed|not valid/ },
  },
  'gzip-bomb': {
    contract: broken(/more than 4,194,304 bytes/),
    limits: unusable(/k6 was stopped, since it held \d+ MB of memory and may hold 300 MB/),
    probe: unusable(/more than 4,194,304 bytes/),
    load: unusable(/k6 was stopped, since it held \d+ MB of memory and may hold 300 MB/),
  },
  'invalid-utf8': {
    contract: broken(/UTF-8/),
    limits: verdict,
    probe: null,
    load: broken(/answers broke it/),
  },
  'http-1.0': { contract: holds, limits: verdict, probe: null, load: { codes: [0], says: /answers kept it/ } },
  '1xx-first': { contract: holds, limits: verdict, probe: null, load: { codes: [0], says: /answers kept it/ } },
  'chunk-error': {
    contract: broken(/HPE_INVALID_CHUNK_SIZE/),
    limits: unusable(/requests got no answer \(invalid byte in chunk length\)/),
    probe: unusable(/HPE_INVALID_CHUNK_SIZE/),
    load: broken(/no answer[\s\S]*failed<1%: missed/),
  },
  'bursts-of-5xx': {
    contract: holds,
    limits: { codes: [0, 1, 4], says: /^(exact|bounded|inconclusive|none): .+/m },
    probe: null,
    load: broken(/× 50[023] status: expected one of 201, 400, 401, 429, got 50[023]/),
  },
  'wrong-date': { contract: holds, limits: verdict, probe: null, load: { codes: [0], says: /answers kept it/ } },
};

const HUGE: readonly string[] = ['100-mb-body', 'gzip-bomb'] satisfies DeliveryName[];

const deliveryRows: FaultRow[] = Object.entries(DELIVERIES).flatMap(([name, { does, deliver: delivery }]) => {
  const expected = EXPECTED[name as DeliveryName];
  const fault = `a server that ${does}`;
  const row = (
    args: readonly string[],
    target: Partial<TargetSpec>,
    { codes, says }: Expected,
    of = fault,
  ): FaultRow => ({
    fault: of,
    args,
    target: { kind: 'faulty', delivery, ...target } as TargetSpec,
    // What is tried is the limit, not how much memory this machine has.
    env: () => (HUGE.includes(name) ? { ASSAY_K6_MAX_MEMORY: '300MB', ASSAY_DEADLINE_MS: '60000' } : {}),
    codes,
    says: [says],
  });
  return [
    { ...row(CONTRACT, {}, expected.contract), writes: ['contract.json', 'index.html'] },
    row(LIMITS, { limit: LIMIT }, expected.limits),
    {
      ...row(THROUGHPUT, { fromAnswer: 12 }, expected.load),
      // k6 is killed for its memory.
      losesSamples: HUGE.includes(name),
      writes: ['throughput.json', 'index.html'],
    },
    ...(expected.probe === null
      ? []
      : [{ ...row(THROUGHPUT, {}, expected.probe, `${fault}, from the start`), writesNot: ['throughput.json'] }]),
  ];
});

/** What the answers of this server are like, `doctor` sees; the contract suite judges them. */
const DOCTOR_IS_CONTENT: readonly string[] = [
  'reset-after',
  'invalid-utf8',
  'http-1.0',
  '1xx-first',
  'bursts-of-5xx',
  'wrong-date',
] satisfies DeliveryName[];

const doctorRows: FaultRow[] = Object.entries(DELIVERIES).map(([name, { does, deliver: delivery }]) => ({
  fault: `a server that ${does}`,
  args: ['doctor'],
  target: { kind: 'faulty', delivery },
  codes: DOCTOR_IS_CONTENT.includes(name) ? [0] : [3],
  says: [/target/],
}));

const unreachable = (fault: string, target: TargetSpec, says: RegExp): FaultRow[] =>
  [CONTRACT, LIMITS, THROUGHPUT, ['run'], ['doctor']].map((args) => ({
    fault,
    args,
    target,
    codes: [3],
    says: [says],
    writesNot: ['contract.json', 'limits.json', 'throughput.json'],
  }));

const DAY_MS = 86_400_000;
const day = (days: number) => new Date(Date.now() + days * DAY_MS);

/** The certificate is trusted: what is wrong with it is the only reason to refuse it. */
const trust = ({ place }: Bed) => {
  const file = join(place.cwd, 'trusted.pem');
  return { NODE_EXTRA_CA_CERTS: file, SSL_CERT_FILE: file };
};
const tlsRows = (
  fault: string,
  options: () => Parameters<typeof selfSigned>[0],
  expected: Record<'contract' | 'limits' | 'throughput' | 'doctor', Expected>,
): FaultRow[] =>
  (['contract', 'limits', 'throughput', 'doctor'] as const).map((command) => {
    let made: ReturnType<typeof selfSigned> | null = null;
    return {
      fault,
      args: { contract: CONTRACT, limits: LIMITS, throughput: THROUGHPUT, doctor: ['doctor'] }[command],
      target: {
        kind: 'faulty',
        delivery: sound,
        limit: command === 'limits' ? LIMIT : 'none',
        certificate: () => {
          made = selfSigned(options());
          return made;
        },
      },
      env: trust,
      prepare: ({ place }) => {
        mkdirSync(place.cwd, { recursive: true });
        writeFileSync(join(place.cwd, 'trusted.pem'), made?.certPem ?? '');
        return undefined;
      },
      codes: expected[command].codes,
      says: [expected[command].says],
    };
  });

const restart = { atAnswer: 15, awayMs: 400 };
const restartRows: FaultRow[] = [
  {
    fault: 'a server that restarts in mid-run',
    args: ['contract', '--grep', '\\[(positive|field)\\.', '--workers', '1'],
    target: { kind: 'faulty', delivery: sound, restart },
    codes: [0, 1, 3],
    says: [/contract (holds|broken|undecided)/],
    writes: ['contract.json', 'index.html'],
  },
  {
    fault: 'a server that restarts in mid-run',
    args: LIMITS,
    target: { kind: 'faulty', delivery: sound, limit: LIMIT, restart: { ...restart, atAnswer: 150 } },
    codes: [0, 4],
    says: [/^(exact|bounded|inconclusive): .+/m],
    writes: ['limits.json', 'index.html'],
  },
  {
    fault: 'a server that restarts in mid-run',
    args: ['throughput', '--rate', '30', '--duration', '3s'],
    target: { kind: 'faulty', delivery: sound, restart: { ...restart, atAnswer: 30 } },
    codes: [1],
    says: [/no answer[\s\S]*failed<1%: missed/],
    writes: ['throughput.json', 'index.html'],
  },
];

export const NETWORK_ROWS: readonly FaultRow[] = [
  ...unreachable('a port on which nothing listens', { kind: 'closed-port' }, /127\.0\.0\.1:\d+/),
  ...unreachable(
    'a host whose name cannot be found',
    { kind: 'url', baseUrl: 'http://assay-test.invalid/v1', allow: 'assay-test.invalid' },
    /there is no host assay-test\.invalid|assay-test\.invalid could not be looked up|ENOTFOUND|EAI_AGAIN|no such host|server misbehaving/,
  ),
  ...deliveryRows,
  ...doctorRows,
  ...tlsRows('a sound certificate', () => ({ notBefore: day(-1), notAfter: day(30) }), {
    contract: holds,
    limits: verdict,
    throughput: { codes: [0], says: /answers kept it/ },
    doctor: { codes: [0], says: /target/ },
  }),
  ...tlsRows('a certificate that has expired', () => ({ notBefore: day(-60), notAfter: day(-30) }), {
    contract: unusable(/expired/),
    limits: unusable(/expired/),
    throughput: unusable(/expired/),
    doctor: unusable(/expired/),
  }),
  ...tlsRows(
    'a certificate for another name',
    () => ({ dnsName: 'other.example', notBefore: day(-1), notAfter: day(30) }),
    {
      contract: unusable(/another name|not in the cert|altnames/i),
      limits: unusable(/certificate/),
      throughput: unusable(/another name|not in the cert|altnames/i),
      doctor: unusable(/another name|not in the cert|altnames/i),
    },
  ),
  ...restartRows,
];
