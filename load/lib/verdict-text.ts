import type { FoundLimit, LimitsVerdict, Range } from '../inference/engine.ts';

/** The verdict for people, in a few lines: what plain k6 and `assay limits` print. Pure. */
export function verdictLines(verdict: LimitsVerdict): string[] {
  const { client, cost } = verdict;
  return [
    `${verdict.verdict}: ${verdict.summary}`,
    ...(verdict.reason === null ? [] : [`  because: ${verdict.reason}`]),
    ...(verdict.verdict === 'exact' ? [] : verdict.limits.map((limit) => `  so far: ${rangesText(limit)}`)),
    ...(verdict.scope === null ? [] : [`  counted by: ${SCOPES[verdict.scope]}`]),
    ...costsText('400s', verdict.countsInvalid),
    ...costsText('401s', verdict.countsUnauthorized),
    ...(verdict.penaltySeconds === null ? [] : [`  penalty: blocked for ${secondsText(verdict.penaltySeconds)}`]),
    ...(verdict.overAdmission === null
      ? []
      : [
          `  over-admission: ${verdict.overAdmission.admitted} accepted where ${verdict.overAdmission.capacity} are allowed, with many in flight`,
        ]),
    ...verdict.findings.map((finding) => `  finding: ${finding}`),
    ...(client === null
      ? []
      : [
          `  for a client: bursts up to ${client.burst}${
            client.steadyPerSecond === null ? '' : `, at most ${numberText(client.steadyPerSecond)} a second for long`
          }${client.waitAfterRejectionSeconds === null ? '' : `, wait ${secondsText(client.waitAfterRejectionSeconds)} after a rejection`}`,
        ]),
    `  cost: ${cost.requests} requests (${cost.accepted} accepted, ${cost.rejected} rejected) in ${secondsText(cost.seconds)}`,
  ];
}

const SCOPES = { key: 'API key', address: 'source address', global: 'nothing: all clients share it' } as const;

function costsText(what: string, counts: boolean | null): string[] {
  return counts === null ? [] : [`  ${what} ${counts ? 'use up quota' : 'use up no quota'}`];
}

function rangesText(limit: FoundLimit): string {
  const parts = [`${rangeText(limit.capacityRange)} requests`];
  if (limit.windowSecondsRange !== null) parts.push(`per ${rangeText(limit.windowSecondsRange)} s`);
  if (limit.refillPerSecondRange !== null) parts.push(`refilled at ${rangeText(limit.refillPerSecondRange)} a second`);
  if (limit.algorithm !== 'unknown') parts.push(`(${limit.algorithm})`);
  return parts.join(' ');
}

/** "120", "55 to 65", "at least 3". */
export function rangeText([low, high]: Range): string {
  if (low === high) return numberText(low);
  return Number.isFinite(high) ? `${numberText(low)} to ${numberText(high)}` : `at least ${numberText(low)}`;
}

/** At most four significant digits, but never a whole number's own. */
export function numberText(value: number): string {
  return String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4)));
}

/** "0.4 s", "3 min 5 s". */
export function secondsText(seconds: number): string {
  if (seconds < 120) return `${numberText(seconds < 10 ? seconds : Math.round(seconds * 10) / 10)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  const rest = Math.round(seconds) % 60;
  return `${minutes} min${rest === 0 ? '' : ` ${rest} s`}`;
}
