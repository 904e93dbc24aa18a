import type { Contract } from '../../../contracts/lib/contract.ts';
import type { Truth } from '../known-limiters.ts';

/** A server on loopback whose limiter nobody here wrote. */
export interface StartedServer {
  readonly baseUrl: string;
  close(): Promise<void>;
}

/** What a bench server needs to be started. */
export interface ServerSetting {
  readonly contract: Contract;
  readonly apiKey: string;
  readonly packageRoot: string;
}

/** One limiter with its options, what is true of it, and where that can be read. */
export interface BenchServer {
  readonly name: string;
  readonly options: string;
  /** What an exact verdict must say, one entry a tier; null: no exact verdict can be right. */
  readonly truth: readonly Truth[] | null;
  /** Verdicts that are right. */
  readonly verdicts: readonly ('exact' | 'bounded' | 'inconclusive')[];
  /** Where the truth comes from: package, file, function. */
  readonly source: string;
  /** A ban that is longer or shorter than the window. */
  readonly penaltySeconds?: number;
  /** Throws NotInstalled where something is missing. */
  start(setting: ServerSetting): Promise<StartedServer>;
}

/** What a bench needs and this machine does not have; the message says what, and how to get it. */
export class NotInstalled extends Error {
  override readonly name = 'NotInstalled';
}
