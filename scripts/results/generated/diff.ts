/** Made from diff.schema.json by result-types.test.ts; not to be edited. */

/**
 * diff.json: what changed between two versions of a contract, and whether it breaks clients.
 */
export interface DiffResult {
  /**
   * Version of this format. A reader must refuse a higher one, and must ignore fields that it does not know.
   */
  schemaVersion: 1;
  /**
   * breaking: a change that is not accepted breaks clients; compatible: proved; no-counter-example: neither.
   */
  verdict: "breaking" | "compatible" | "no-counter-example";
  /**
   * pragmatic: readers are tolerant. strict: pure meaning.
   */
  policy: "pragmatic" | "strict";
  /**
   * Seed of the search without rules.
   */
  seed: number;
  /**
   * Worst first.
   */
  changes: Change[];
  /**
   * What was compared, as it was named.
   */
  sides?: {
    old: string;
    new: string;
  };
}
export interface Change {
  operation: string;
  rule: string;
  level: "breaking" | "warning" | "info";
  direction: "request" | "response";
  /**
   * Status of the response, where the change is in one.
   */
  status: string | null;
  /**
   * JSON pointer into the body; * is any item or other property.
   */
  pointer: string;
  old: unknown;
  new: unknown;
  /**
   * A body that one version accepts and the other refuses; null beyond schemas.
   */
  witness: Witness | null;
  /**
   * How far the level is certain.
   */
  proof: string;
  message: string;
  /**
   * Set for a break that was agreed to.
   */
  accepted: Acceptance | null;
  /**
   * Where the new version has it, or the nearest place that there is; null where no file is known.
   */
  location?: Location | null;
}
export interface Witness {
  body: unknown;
  acceptedBy: "old" | "new";
  refusedBy: "old" | "new";
  pointer: string;
  keyword: string;
  message: string;
}
export interface Acceptance {
  reason: string;
  expires: string;
}
export interface Location {
  /**
   * Path as OLD and NEW were named, with /.
   */
  file: string;
  /**
   * From 1; null where the place in the file is not known.
   */
  line: number | null;
}
