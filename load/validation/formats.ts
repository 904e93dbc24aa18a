import formatsModule from 'ajv-formats/dist/formats.js';

type Check = RegExp | ((value: never) => boolean);
export type Format = Check | { readonly type?: 'number'; readonly validate: Check } | true;

/**
 * A format as AJV checks it; undefined where it has none of that name. All of them take each user of k6 4 ms to make, so
 * in the bundle for k6 they are made when one is asked for (scripts/k6-bundle/bundle.ts).
 */
export function formatNamed(name: string): Format | undefined {
  return (formatsModule as unknown as { fullFormats: Readonly<Record<string, Format>> }).fullFormats[name];
}
