/** Made from mutants.schema.json by result-types.test.ts; not to be edited. */

/**
 * mutants.json: what the contract suite catches, measured by switching defects of the reference API on, one at a time.
 */
export interface MutantReport {
  /**
   * Version of this format. A reader must refuse a higher one, and must ignore fields that it does not know.
   */
  schemaVersion: 1;
  /**
   * Name of the contract.
   */
  contract: string;
  defects: {
    /**
     * Defects with which the suite did not call the API fine.
     */
    caught: number;
    /**
     * Defects in all.
     */
    of: number;
  };
  variations: {
    /**
     * Harmless variations that the suite called a finding.
     */
    flagged: number;
    /**
     * Variations in all.
     */
    of: number;
  };
  /**
   * One a defect or variation.
   */
  outcomes: MutantResult[];
  /**
   * By rule, the defects that it helped to catch.
   */
  byRule: {
    [k: string]: {
      /**
       * Defects that it caught.
       */
      defects: number;
      /**
       * Those that nothing else caught.
       */
      alone: number;
    };
  };
  /**
   * Time it took, s.
   */
  seconds: number;
}
export interface MutantResult {
  /**
   * Short stable name.
   */
  id: string;
  /**
   * Kind of defect, or "variation".
   */
  group: string;
  /**
   * In words.
   */
  title: string;
  /**
   * A defect: the suite did not call it fine. A variation: it did.
   */
  isRight: boolean;
  /**
   * Of the suite.
   */
  verdict: "holds" | "broken" | "undecided";
  /**
   * Rules that broke, with how many cases each.
   */
  caughtBy: {
    [k: string]: number;
  };
  /**
   * The first finding in words; null without any.
   */
  firstFinding: string | null;
}
