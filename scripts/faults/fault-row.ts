import type { Contract } from '../../contracts/lib/contract.ts';
import type { Environment } from '../../contracts/lib/target.ts';
import type { ExitCode } from '../../contracts/lib/user-error.ts';
import type { Certificate } from './certificate.ts';
import type { Delivery } from './deliveries.ts';
import type { FaultServer } from './fault-server.ts';
import type { EndedRun, Place, Running } from './run-assay.ts';

/** One fault, met by one command, and what is to come of it. */
export interface FaultRow {
  /** Finishes the sentence "… meets a …": "server that never answers". */
  readonly fault: string;
  /** `{port}` stands for the port of the server. */
  readonly args: readonly string[];
  readonly target: TargetSpec;
  /** Below the working folder, to start in; default: that itself. */
  readonly folder?: string;
  /** On top of the target's environment. */
  readonly env?: (bed: Bed) => Environment;
  /** Makes the place what it should be; what it returns is called at the end. */
  readonly prepare?: (bed: Bed) => Undo;
  /** What happens while the command runs; each text is a problem. */
  readonly meanwhile?: (running: Running, bed: Bed) => Promise<readonly string[]>;
  readonly closesOutput?: boolean;
  /** It is to be ended by this signal, and has no exit code. */
  readonly endsBy?: NodeJS.Signals;
  /** Time for its processes to go after it, where it cannot see to that. */
  readonly afterlifeSeconds?: number;
  /** Any of these exit codes is right; with 0 also 4 of limits and throughput: this machine may be slow. */
  readonly codes: readonly ExitCode[];
  /** What must be said, on either stream; each of them. */
  readonly says: readonly RegExp[];
  /** Further things that must be true; each text is a problem. */
  readonly check?: (ended: EndedRun, bed: Bed) => readonly string[];
  /** Result files that must be there. */
  readonly writes?: readonly string[];
  /** Result files that must not be there. */
  readonly writesNot?: readonly string[];
  readonly longestSeconds?: number;
  /** The system must allow to mount file systems. */
  readonly mounts?: boolean;
  /** Nothing of the run can be asked to clean up: it is killed, or its folder for temporary files is full. */
  readonly mayLeaveFiles?: boolean;
  /** The ledger was taken away or could not be written: it cannot hold all. */
  readonly losesLedger?: boolean;
  /** The generator was killed: what it had counted and not yet said is lost with it. */
  readonly losesSamples?: boolean;
}

export type Undo = (() => void) | undefined;

export type TargetSpec =
  /** No target is set: the embedded reference API. */
  | { readonly kind: 'embedded' }
  /** ASSAY_BASE_URL is this. */
  | { readonly kind: 'url'; readonly baseUrl: string; readonly allow?: string }
  /** A port on which nothing listens. */
  | { readonly kind: 'closed-port' }
  /** A sound server behind a delivery that spoils its answers. */
  | {
      readonly kind: 'faulty';
      readonly delivery: Delivery;
      readonly fromAnswer?: number;
      /** Grammar L; default: none. */
      readonly limit?: string;
      readonly certificate?: () => Certificate;
      readonly restart?: { readonly atAnswer: number; readonly awayMs: number };
    };

/** Where a row is tried. */
export interface Bed {
  readonly packageRoot: string;
  readonly contract: Contract;
  /** Folder of the contract. */
  readonly contractFolder: string;
  readonly place: Place;
  /** Names the target. */
  readonly env: Environment;
  /** Null but for a faulty target. */
  readonly server: FaultServer | null;
}
