/**
 * Requests in flight and answers that came. k6 handles one event after another, so whatever is done with an answer
 * delays the moment at which the next one is seen: here each gets its time first, and is read when all that had come
 * have theirs.
 */

/** An answer that has come and is not yet taken apart. */
export type Unread<Content> = () => Content;

export interface Received<Content> {
  readonly number: number;
  readonly receivedAtMs: number;
  readonly read: Unread<Content>;
}

export interface Mailbox<Content> {
  /** Requests without an answer. */
  inFlight(): number;
  /** Answers that were not taken out. */
  unread(): number;
  /** `answer` never rejects. */
  expect(number: number, answer: Promise<Unread<Content>>): void;
  /** Resolves when the next answer comes; there is one such promise at a time. */
  nextArrival(): Promise<void>;
  /** Lets `nextArrival` resolve without one. */
  wake(): void;
  /** Takes out all answers that have come, in their order. */
  take(): Received<Content>[];
}

export function createMailbox<Content>(nowMs: () => number): Mailbox<Content> {
  let received: Received<Content>[] = [];
  let inFlight = 0;
  let ring: () => void = () => {};
  return {
    inFlight: () => inFlight,
    unread: () => received.length,
    expect(number, answer) {
      inFlight += 1;
      void answer.then((read) => {
        received.push({ number, receivedAtMs: nowMs(), read });
        inFlight -= 1;
        ring();
      });
    },
    nextArrival: () =>
      new Promise((resolve) => {
        ring = resolve;
      }),
    wake: () => ring(),
    take() {
      const taken = received;
      received = [];
      return taken;
    },
  };
}
