import http from 'k6/http';
import type { Unread } from './mailbox.ts';

/** A request with everything said; nothing is added but Host and k6's User-Agent. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  /** Otherwise the body of the answer is thrown away unread. */
  readonly wantsBody: boolean;
}

export interface HttpAnswer {
  /** null: no answer came. */
  readonly status: number | null;
  /** By lower-case name; several fields of one name are joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Why no answer came, in k6's words; null when one came. */
  readonly error: string | null;
}

/**
 * Sends a request and lets others be in flight meanwhile; never rejects, follows no redirect. k6 opens as many
 * connections as requests are in flight, and keeps `batchPerHost` (an option of the script) of them for later ones.
 */
export async function sendRequest(request: HttpRequest): Promise<Unread<HttpAnswer>> {
  try {
    const response = await http.asyncRequest(request.method, request.url, request.body, {
      headers: { ...request.headers },
      redirects: 0,
      timeout: `${request.timeoutMs}ms`,
      responseType: request.wantsBody ? 'text' : 'none',
      // One name for all, so that k6's metrics do not hold one series a URL.
      tags: { name: 'operation' },
    });
    return () => {
      if (response.status === 0) return lost(response.error || `error ${response.error_code}`);
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(response.headers)) headers[name.toLowerCase()] = value;
      const body = typeof response.body === 'string' ? response.body : null;
      return { status: response.status, headers, body, error: null };
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return () => lost(why);
  }
}

function lost(error: string): HttpAnswer {
  return { status: null, headers: {}, body: null, error };
}
