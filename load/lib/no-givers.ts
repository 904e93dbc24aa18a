import type { Giver } from './flow.ts';

/** What `assay:givers` is where nothing gives an input; the bundler puts the contracts of those that do in its place. */
export const givers: readonly Giver[] = [];
