import { programName } from '../lib/platform.ts';
import { K6_VERSION } from './version.ts';

/** The official k6 release: which archive belongs to which machine, and the hash that it must have. Pure. */

/** The machine as far as it decides which k6 runs on it. */
export interface Machine {
  /** As Node names it: linux, darwin, win32. */
  readonly platform: string;
  /** As Node names it: x64, arm64. */
  readonly arch: string;
  readonly homeDir: string;
}

export interface ReleaseAsset {
  /** File name in the release. */
  readonly name: string;
  /** Hex, lower case. */
  readonly sha256: string;
}

/** Folder of the release's files; a file's URL is this, a slash and its name. */
export const RELEASE_BASE_URL = `https://github.com/grafana/k6/releases/download/v${K6_VERSION}`;

/** Where a release's download may lead: GitHub, and the two hosts that it redirects release files to. */
export const RELEASE_HOSTS: readonly string[] = [
  'github.com',
  'objects.githubusercontent.com',
  'release-assets.githubusercontent.com',
];

/** SHA-256 of each archive of release v2.2.0, by platform key. */
const PINNED: Readonly<Record<string, { readonly label: string; readonly sha256: string }>> = {
  'linux-amd64': {
    label: 'linux-amd64.tar.gz',
    sha256: 'b5a8003c86f35f5cd5ceef1490312c48e587696c94d998cefc6d7b3b4cb1597d',
  },
  'linux-arm64': {
    label: 'linux-arm64.tar.gz',
    sha256: '4ecd64cadcc792402d16293836115480419c4447c032858f564852d98f1bf54c',
  },
  'windows-amd64': {
    label: 'windows-amd64.zip',
    sha256: 'ceb2b1e1cf9dbe1303c6c33ec83ffda86dda5c610b4def92064d3c7ebae8d9f4',
  },
  'darwin-amd64': {
    label: 'macos-amd64.zip',
    sha256: '45a08590511c8a6a9c6331645e60c41624924e848e29472e87c60ac956d50372',
  },
  'darwin-arm64': {
    label: 'macos-arm64.zip',
    sha256: '37a028506bf13578de66c906296803775df28cc2504b1a8c5d786b2803e757c7',
  },
};

/** Go's names for the machine. */
export function goTarget(machine: Machine): { os: string; arch: string } {
  const os = machine.platform === 'win32' ? 'windows' : machine.platform;
  const arch = machine.arch === 'x64' ? 'amd64' : machine.arch === 'ia32' ? '386' : machine.arch;
  return { os, arch };
}

/** "linux-amd64": one build of k6 for each. */
export function platformKey(machine: Machine): string {
  const { os, arch } = goTarget(machine);
  return `${os}-${arch}`;
}

/** "k6", "k6.exe". */
export function binaryName(machine: Machine): string {
  return programName('k6', machine.platform);
}

/** The release's archive for this machine; null when there is none. */
export function releaseAsset(machine: Machine): ReleaseAsset | null {
  const pinned = PINNED[platformKey(machine)];
  return pinned === undefined ? null : { name: `k6-v${K6_VERSION}-${pinned.label}`, sha256: pinned.sha256 };
}
