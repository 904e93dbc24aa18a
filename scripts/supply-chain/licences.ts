/** The list of what comes with the package and under which licence. Pure. */

export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

export interface LicencesInput {
  /** `packages` of package-lock.json. */
  readonly locked: Readonly<Record<string, LockedPackage>>;
  /** Names of direct dependencies. */
  readonly dependencies: readonly string[];
  /** dist/THIRD-PARTY-LICENSES.txt. */
  readonly bundledLicences: string;
}

/** Why each direct dependency is worth having at run time. */
export const REASONS: Readonly<Record<string, string>> = {
  ajv: 'validates bodies, results and contracts against JSON Schema; also makes the stand-alone validators for k6',
  'ajv-formats': 'asserts `format` (dates, URIs, e-mail addresses …), which ajv alone ignores',
  commander: 'commands, options, help and suggestions; it has no dependencies of its own',
  esbuild: 'makes one script of the contract, its validators and the load for k6, which resolves no packages',
  'js-yaml': 'reads OpenAPI documents in YAML',
};

/** Licences that let a package of this one's licence (MIT) be given on. */
export const ACCEPTED = [
  'MIT',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  '0BSD',
  'Apache-2.0',
  'PSF-2.0',
  'BlueOak-1.0.0',
];

export interface Shipped {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

/** Packages that are installed with this one; those for one platform each (`@esbuild/linux-x64` …) count as one. */
export function installed({ locked }: LicencesInput): Shipped[] {
  const shipped = Object.entries(locked).filter(([path, { dev }]) => path !== '' && dev !== true);
  const named = shipped.map(([path, { version = '', license = 'not stated', optional }]) => ({
    name: path.replace(/^.*node_modules\//, '').replace(optional === true ? /\/.*$/ : /$^/, '/…'),
    version,
    licence: license,
  }));
  return [...new Map(named.map((one) => [`${one.name} ${one.version}`, one])).values()].sort(byName);
}

/** Packages whose code is in dist/. */
export function bundled({ bundledLicences }: LicencesInput): Shipped[] {
  return [...bundledLicences.matchAll(/^(@?[a-z0-9][\w./-]*) (\d+\.\d+\.\d+\S*) \((.+)\)$/gim)]
    .map(([, name = '', version = '', licence = '']) => ({ name, version, licence }))
    .sort(byName);
}

function byName(a: Shipped, b: Shipped): number {
  return a.name < b.name ? -1 : 1;
}

export function licencesText(input: LicencesInput): string {
  const row = ({ name, version, licence }: Shipped) => `| ${name} | ${version} | ${licence} |`;
  const head = ['| package | version | licence |', '| --- | --- | --- |'];
  return `${[
    '# Licences',
    '',
    'assay itself is MIT. This list is made from the lock file and the build (`npx vitest run scripts/supply-chain -u`) and held by a test.',
    '',
    '## Direct dependencies, and why',
    '',
    '| package | why |',
    '| --- | --- |',
    ...input.dependencies.map((name) => `| ${name} | ${REASONS[name] ?? ''} |`),
    '',
    '## Installed with it',
    '',
    ...head,
    ...installed(input).map(row),
    '',
    '## Bundled into it',
    '',
    'Their texts are in `dist/THIRD-PARTY-LICENSES.txt`.',
    '',
    ...head,
    ...bundled(input).map(row),
    '',
    '## Used beside it',
    '',
    '| program | licence | how it comes |',
    '| --- | --- | --- |',
    '| k6 | AGPL-3.0 | found on this machine, downloaded from its releases at a pinned version with a pinned checksum, or built by Go from its sources with pinned sums; a process of its own, never part of the package |',
    '| @playwright/test | Apache-2.0 | peer dependency: your own copy |',
  ].join('\n')}\n`;
}
