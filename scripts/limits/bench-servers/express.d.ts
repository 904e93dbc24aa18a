/** What the bench servers use of express, which has no types of its own. */
declare module 'express' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  type Handler = (request: IncomingMessage & { readonly body?: unknown }, response: ServerResponse) => void;
  interface Application extends RequestListener {
    disable(setting: string): void;
    use(handler: Handler): void;
    // biome-ignore lint/suspicious/noExplicitAny: middleware of others comes with types of its own
    use(middleware: (request: any, response: any, next: any) => unknown): void;
  }
  function express(): Application;
  namespace express {
    function json(): Handler;
  }
  export default express;
}
