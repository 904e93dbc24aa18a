import { connect } from 'node:net';
import { parseHttpUrl } from '../lib/target.ts';
import { ExitCode, UserError } from '../lib/user-error.ts';

const CONNECT_DEADLINE_MS = 10_000;

/** Why no connection to a base URL can be made, as an error for the user; null where one can. Sends no request. */
export function reachabilityProblem(baseUrl: string): Promise<UserError | null> {
  const url = parseHttpUrl(baseUrl);
  const problem = (why: string) =>
    new UserError(`${baseUrl} cannot be reached`, {
      why,
      fix: 'start the server, or correct ASSAY_BASE_URL; leave it out to use the embedded reference API',
      exitCode: ExitCode.Impossible,
    });
  if (url === null) return Promise.resolve(problem('it is no URL'));
  return new Promise((resolve) => {
    const socket = connect({ host: url.host, port: url.port });
    const done = (result: UserError | null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(
      () => done(problem(`no connection to ${url.host}:${url.port} within ${CONNECT_DEADLINE_MS / 1000} s`)),
      CONNECT_DEADLINE_MS,
    );
    socket.once('connect', () => done(null));
    socket.once('error', (error: NodeJS.ErrnoException) => done(problem(words(error, url.host, url.port))));
  });
}

function words(error: NodeJS.ErrnoException, host: string, port: number): string {
  const codes = [error.code, ...((error as { errors?: NodeJS.ErrnoException[] }).errors ?? []).map(({ code }) => code)];
  if (codes.includes('ECONNREFUSED')) return `nothing listens on ${host}:${port}`;
  if (codes.includes('ENOTFOUND')) return `there is no host ${host}`;
  if (codes.includes('EAI_AGAIN')) return `the name ${host} could not be looked up`;
  return error.message;
}
