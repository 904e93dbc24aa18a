/** What the throughput script calls its metrics: written by it, read by `assay throughput`. */

/** Counter a histogram bucket: accepted answers whose latency lies in it. */
export function bucketMetric(index: number): string {
  return `assay_accepted_bucket_${String(index).padStart(3, '0')}`;
}
/** Counter a documented status: answers. Success statuses only where there are several; a single one is the sum of the buckets. */
export function statusMetric(status: number): string {
  return `assay_status_${status}`;
}
/** Trend: latency of accepted answers after the warm-up, ms. */
export const ACCEPTED_LATENCY = 'assay_accepted_latency';
/** Trend a documented status: the same of its answers. */
export function statusLatency(status: number): string {
  return `assay_status_${status}_latency`;
}
/** Counter: answers of a status that the contract does not document; the status is in the tag. */
export const UNDOCUMENTED = 'assay_undocumented_status';
/** Counter: requests without an answer. */
export const LOST = 'assay_lost';
/** Counter: answers held to the contract, but for those that are in a bucket: every accepted answer is. */
export const VIOLATIONS = 'assay_contract_violations';
/** Counter: answers by the rule that they broke, which is in the tag. */
export const BROKEN_RULE = 'assay_broken_rule';
/** Gauge: the id of a thing created, where ids are numbers; its minimum and maximum are the range. */
export const CREATED_ID = 'assay_created_id';
/** Trend: by how much requests of a steady rate started after their time, ms; of a sample of them, after the warm-up. */
export const START_LAG = 'assay_start_lag';
/** The tag of a sample that says which status, or which rule. */
export const DETAIL_TAG = 'detail';

/** A detail as a tag value: k6 splits and trims tag values at commas, colons, quotes and spaces. */
export function encodeDetail(text: string): string {
  return encodeURIComponent(text).replaceAll("'", '%27');
}
export function decodeDetail(value: string): string {
  return decodeURIComponent(value);
}
