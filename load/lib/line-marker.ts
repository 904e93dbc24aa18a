/** What begins a line that a k6 script says to `assay`. */
export const LINE_MARKER = 'assay:';
