/** How the reporter, inside Playwright's process, tells `assay contract` how far the run is: a line on standard error. */

/** Set where somebody reads such lines. */
export const STATUS_VARIABLE = 'ASSAY_STATUS_LINES';
/** Before the status, as JSON. */
export const STATUS_MARK = '\u001eassay-status ';
