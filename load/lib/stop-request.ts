import http from 'k6/http';

/** Longer than any run. */
const TIMEOUT = '720h';

/**
 * Resolves when `assay` asks for an end in order: it answers then, and not before, to a request to a URL of its own,
 * the one way to reach a script that runs. Never under a plain k6.
 */
export function whenStopped(): Promise<void> {
  const url = __ENV['ASSAY_STOP_URL'] ?? '';
  return new Promise((resolve) => {
    if (url === '') return;
    const isAnswered = http.asyncRequest('GET', url, null, { timeout: TIMEOUT, tags: { name: 'stop' } });
    void isAnswered.then(({ status }) => {
      if (status === 204) resolve();
    });
  });
}
