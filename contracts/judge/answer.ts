/** An answer as it came: what every judgement is made on. */
export interface Answer {
  readonly status: number;
  /** In the order in which they came; names in any case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** Unix ms by our own clock, when the first byte of the request was sent and when the last byte of the answer came. */
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/** What a request led to. A fault is told apart from an answer: nothing of the contract can be read off it. */
export type Exchange =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'fault'; readonly fault: Fault };

export interface Fault {
  /**
   * unreachable: no connection was made (refused, no such host, TLS). hang: no full answer within the deadline.
   * reset: the connection ended before an answer. cut: it ended within one. malformed: what came is no HTTP.
   * endless: more bytes than any answer of this contract needs. refused-body: it ended while a large body was still
   * being sent, so that an answer may have been lost (RFC 9112, section 9.6). not-sent: a budget is used up.
   */
  readonly kind: 'unreachable' | 'hang' | 'reset' | 'cut' | 'malformed' | 'endless' | 'refused-body' | 'not-sent';
  readonly detail: string;
  /** Until it showed. */
  readonly milliseconds: number;
}

/** The first value of a header; undefined where it did not come. */
export function headerOf(answer: Pick<Answer, 'headers'>, name: string): string | undefined {
  return answer.headers.find(([given]) => given.toLowerCase() === name.toLowerCase())?.[1];
}
