/**
 * What the throughput script calls its metrics, and what it reads off k6's own: written by it, read by
 * `assay throughput`. k6 itself counts answers and their latency by status, so that the script has nothing to do for
 * an answer that keeps the contract: each sample of a metric of its own would cost as much as checking the answer.
 */

/** k6's Trend of the time from sending a request to the last byte of its answer, ms, with the status as a tag. */
export const DURATION = 'http_req_duration';
/** k6's Counter of arrivals that it could not start in time. */
export const DROPPED = 'dropped_iterations';
/** The tag of all that a user measures after the warm-up, and of requests on the way to one that counts. */
export const PHASE_TAG = 'phase';
export const MEASURED = 'measured';
export const ON_THE_WAY = 'on-the-way';

/** The part of k6's Trend that is of a status and after the warm-up. */
export function statusLatency(status: number): string {
  return `${DURATION}{${PHASE_TAG}:${MEASURED},status:${status}}`;
}
/** The part of k6's Counter of requests that is after the warm-up, and of a status; 0: without an answer. */
export const MEASURED_REQUESTS = `http_reqs{${PHASE_TAG}:${MEASURED}}`;
export function statusRequests(status: number): string {
  return `http_reqs{${PHASE_TAG}:${MEASURED},status:${status}}`;
}
/**
 * Trend: requests that could not be sent, since one on the way to them failed: by the status of that (in the tag
 * of details; 0 where it was a success without what it should give), with its latency, ms.
 */
export const STOPPED = 'assay_stopped';
/** Trend: latency of accepted answers after the warm-up, ms, where a contract has several success statuses. */
const ACCEPTED_LATENCY = 'assay_accepted_latency';
/** Latency of accepted answers after the warm-up. */
export function acceptedLatency(successes: readonly number[]): string {
  const [only] = successes;
  return successes.length === 1 && only !== undefined ? statusLatency(only) : ACCEPTED_LATENCY;
}
/** Counter: answers that broke the contract. */
export const VIOLATIONS = 'assay_contract_violations';
/** Trend, of which only the number of samples counts: answers by the rule that they broke, which is in the tag. */
export const BROKEN_RULE = 'assay_broken_rule';
/** Gauge: the id of a thing created, where ids are numbers; its minimum and maximum are the range. */
export const CREATED_ID = 'assay_created_id';
/** Trend: by how much requests of a steady rate started after their time, ms; of a sample of them, after the warm-up. */
export const START_LAG = 'assay_start_lag';
/** The tag of a sample that says which rule, or which status. */
export const DETAIL_TAG = 'detail';

/** A detail as a tag value: some outputs of k6 split and trim tag values at commas, colons, quotes and spaces. */
export function encodeDetail(text: string): string {
  return encodeURIComponent(text).replaceAll("'", '%27');
}
export function decodeDetail(value: string): string {
  return decodeURIComponent(value);
}
