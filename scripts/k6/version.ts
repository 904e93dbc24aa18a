/** Versions of k6 and Go: which are accepted, and how they are read from what the programs print. Pure. */

/** The k6 that is downloaded or built when none is found; go-build/go.mod names the same one. */
export const K6_VERSION = '2.2.0';

/** Oldest k6 that is accepted: the one that @types/k6 is pinned to, so that what type-checks also runs. */
export const MIN_K6_VERSION = '2.0.0';

/** Oldest Go that builds K6_VERSION: the `go` line of its go.mod. */
export const MIN_GO_VERSION = '1.25.0';

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** What follows the dash, "rc1"; null for a release. */
  readonly prerelease: string | null;
}

const NUMBERS = String.raw`(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?`;

/** A bare version, "2.2.0", "v2.2.0-rc1"; null for anything else. */
export function parseVersion(text: string): Version | null {
  return toVersion(new RegExp(`^v?${NUMBERS}(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z.-]+)?$`).exec(text.trim()));
}

/** The version in the first line that `k6 version` prints: "k6 v2.2.0 (go1.26.8, linux/amd64)"; null if it is not k6's. */
export function parseK6Version(output: string): Version | null {
  return toVersion(
    new RegExp(`^\\S*k6\\S* v?${NUMBERS}(?:-([0-9A-Za-z.-]+))?(?:\\+\\S+)?(?:\\s|$)`, 'i').exec(output.trimStart()),
  );
}

/** The version that `go version` prints: "go version go1.26.8 linux/amd64", "go1.25rc1", "devel go1.26-abc"; null if none. */
export function parseGoVersion(output: string): Version | null {
  return toVersion(new RegExp(`\\bgo${NUMBERS}-?((?:rc|beta)\\d+)?`).exec(output));
}

/** Negative when `left` is older than `right`, 0 when equal. A pre-release is older than its release (semver.org, 11). */
export function compareVersions(left: Version, right: Version): number {
  const byNumber = left.major - right.major || left.minor - right.minor || left.patch - right.patch;
  if (byNumber !== 0) return byNumber;
  if (left.prerelease === right.prerelease) return 0;
  if (left.prerelease === null) return 1;
  if (right.prerelease === null) return -1;
  return left.prerelease < right.prerelease ? -1 : 1;
}

/** `version` is `minimum` ("2.0.0") or newer. */
export function isAtLeast(version: Version, minimum: string): boolean {
  const floor = parseVersion(minimum);
  return floor !== null && compareVersions(version, floor) >= 0;
}

/** "2.2.0", "2.2.0-rc1". */
export function formatVersion(version: Version): string {
  const numbers = `${version.major}.${version.minor}.${version.patch}`;
  return version.prerelease === null ? numbers : `${numbers}-${version.prerelease}`;
}

function toVersion(match: RegExpExecArray | null): Version | null {
  if (match === null) return null;
  return {
    major: Number(match[1]),
    minor: Number(match[2]),
    patch: Number(match[3] ?? 0),
    prerelease: match[4] ?? null,
  };
}
