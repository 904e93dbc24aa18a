import type { Environment } from '../../contracts/lib/target.ts';

/**
 * The environment that k6 runs in. k6 takes any of its options from K6_* variables, above those of the script: a stray
 * K6_DURATION replaces the scenarios, K6_HTTP_DEBUG prints the Authorization header, K6_HOSTS sends "localhost" to
 * another machine, behind the host guard, K6_INSECURE_SKIP_TLS_VERIFY accepts any certificate there. So of what the caller's environment holds only these are passed on: how to
 * reach a server from this network.
 */
const PASSED_ON: ReadonlySet<string> = new Set([
  'K6_DNS',
  'K6_LOCAL_IPS',
  'K6_TLS_CIPHER_SUITES',
  'K6_TLSAUTH',
  'K6_USER_AGENT',
  'K6_BLACKLIST_IPS',
  'K6_BLOCK_HOSTNAMES',
  'K6_NO_COLOR',
]);

/** And where k6's other outputs (`-- --out …`) send what they measure. */
const OF_OUTPUTS = /^K6_(INFLUXDB|STATSD|OTEL|CSV|CLOUD|WEB_DASHBOARD)_/;

/** For one output, which assay uses itself: it takes these, and passes on what comes. */
const OF_RELAYED_OUTPUT = /^K6_PROMETHEUS_RW_/;

/** How k6 was found, not an option of k6. */
const OURS: ReadonlySet<string> = new Set(['K6_PATH']);

/** Switched off: the anonymous usage report, and fetching another k6 when a script imports an extension. */
const ALWAYS: Environment = { K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' };

/** `leftOut` names, sorted, the K6_* variables that would have changed the run. */
export function k6Environment(
  inherited: Environment,
  own: Environment,
): { env: Record<string, string>; leftOut: string[] } {
  const env: Record<string, string> = {};
  const leftOut: string[] = [];
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined) continue;
    if (!name.startsWith('K6_') || PASSED_ON.has(name) || OF_OUTPUTS.test(name)) env[name] = value;
    else if (!OURS.has(name) && !OF_RELAYED_OUTPUT.test(name) && ALWAYS[name] === undefined) leftOut.push(name);
  }
  for (const [name, value] of Object.entries({ ...ALWAYS, ...own })) if (value !== undefined) env[name] = value;
  return { env, leftOut: leftOut.sort() };
}
