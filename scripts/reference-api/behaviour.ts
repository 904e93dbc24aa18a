import type { Contract } from '../../contracts/lib/contract.ts';
import type { Json } from '../../contracts/lib/operation.ts';
import type { Limiter } from '../../load/limiters/limiter.ts';
import type { Credentials } from './authorization.ts';
import type { BadField } from './bad-fields.ts';
import type { SuccessBodies } from './created.ts';
import type { Envelopes } from './envelope.ts';
import type { ParsedBody } from './strict-json.ts';

/** What an answer means, whatever its status is in the end. */
export type AnswerKind =
  | 'created'
  | 'invalid'
  | 'unauthorized'
  | 'limited'
  | 'not-found'
  | 'method'
  | 'media-type'
  | 'too-large';

/** How the bytes go out. */
export type Delivery =
  | 'whole'
  /** Chunked, in three writes. */
  | 'chunked'
  /** Content-Length of all, half of the bytes, then the connection ends. */
  | 'cut'
  /** The connection is reset instead of an answer. */
  | 'reset'
  /** Nothing is ever sent. */
  | 'hang'
  /** Head and half of the body are sent, and nothing more. */
  | 'stall'
  /** `bytes` are the whole message, head and all; then the connection ends. */
  | 'raw';

/** One answer, before it is sent. */
export interface Answer {
  readonly kind: AnswerKind;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as a value; `bytes` win over it; neither: an empty body. */
  readonly document?: Json;
  readonly bytes?: Uint8Array;
  /** Held back so long. */
  readonly delayMs?: number;
  readonly delivery?: Delivery;
  /** false: without a Date header. */
  readonly sendsDate?: boolean;
}

/** One request, as far as it has been looked at. */
export interface Exchange {
  /** 1 for the server's first request. */
  readonly number: number;
  readonly method: string;
  readonly credentials: Credentials;
  readonly acceptEncoding: string;
  /** The right key that was presented; null before or without it. */
  key: string | null;
  bodyBytes: Uint8Array;
  /** undefined: no body was read, or it was no JSON. */
  body: Json | undefined;
  badFields: readonly BadField[];
  /** Unix milliseconds at which the request arrived. */
  readonly arrivedAtMs: number;
}

/** What a behaviour may build on: one for each server. */
export interface Workshop {
  readonly contract: Contract;
  readonly keys: readonly string[];
  readonly success: SuccessBodies;
  readonly envelopes: Envelopes;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

/** Where the limiter stands: what is before it does not count. */
export type LimitBefore = 'auth' | 'validation' | 'nothing';

/** A way in which a server differs from the reference. Each part left out is the reference's own. */
export interface Behaviour {
  readonly authorize?: (credentials: Credentials, keys: readonly string[]) => string | null;
  readonly parse?: (bytes: Uint8Array, strict: ParsedBody) => ParsedBody;
  /** The fields at fault; `fields` are those the schema finds. null: the body is refused without naming a field. */
  readonly judge?: (body: Json, fields: readonly BadField[]) => readonly BadField[] | null;
  readonly limiter?: (inner: Limiter | null) => Limiter | null;
  readonly answer?: (answer: Answer, exchange: Exchange) => Answer;
  readonly limitBefore?: LimitBefore;
  /** Bytes of the longest body that is read. */
  readonly maxBodyBytes?: number;
  /** Any method on the path is taken, any path, or any content type. */
  readonly ignores?: readonly ('method' | 'path' | 'media-type')[];
}

/** The bytes of an answer's body. */
export function bytesOf(answer: Answer): Uint8Array {
  if (answer.bytes !== undefined) return answer.bytes;
  return answer.document === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(answer.document));
}
