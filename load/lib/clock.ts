import exec from 'k6/execution';
import { clearTimeout, setTimeout } from 'k6/timers';

/** Milliseconds since the test began, from k6's monotonic clock, to the nanosecond: Date.now() has whole ones and may jump. */
export function nowMs(): number {
  return exec.instance.currentTestRunDuration;
}

export interface Timer {
  readonly done: Promise<void>;
  /** Lets `done` hang for ever. */
  cancel(): void;
}

/** A timer of k6's event loop: 0 to 1 ms late. */
export function startTimer(durationMs: number): Timer {
  let id: ReturnType<typeof setTimeout> | undefined;
  const done = new Promise<void>((resolve) => {
    id = setTimeout(resolve, Math.max(0, durationMs));
  });
  return {
    done,
    cancel: () => {
      if (id !== undefined) clearTimeout(id);
    },
  };
}
