import { networkFor } from '../lib/network.ts';
import { type Environment, parseHttpUrl } from '../lib/target.ts';
import { ExitCode, UserError } from '../lib/user-error.ts';
import { openConnection } from './connection.ts';

const CONNECT_DEADLINE_MS = 10_000;

/**
 * Why no connection to a base URL can be made, as an error for the user; null where one can. Goes the way of `env`,
 * through a proxy and over TLS, and sends no request.
 */
export async function reachabilityProblem(baseUrl: string, env: Environment): Promise<UserError | null> {
  const url = parseHttpUrl(baseUrl);
  const problem = (why: string, fix: string) =>
    new UserError(`${baseUrl} cannot be reached`, { why, fix, exitCode: ExitCode.Impossible });
  const start = 'start the server, or correct ASSAY_BASE_URL; leave it out to use the embedded reference API';
  if (url === null) return problem('it is no URL', start);
  const network = networkFor(baseUrl, env);
  const deadline = AbortSignal.timeout(CONNECT_DEADLINE_MS);
  try {
    (await openConnection(new URL(baseUrl), network, deadline)).destroy();
    return null;
  } catch (error) {
    const why = (error as Error).message;
    if (deadline.aborted)
      return problem(`no connection to ${url.host}:${url.port} within ${CONNECT_DEADLINE_MS / 1000} s`, start);
    if (why.startsWith('the proxy'))
      return problem(why, 'correct HTTP_PROXY or HTTPS_PROXY, or name the host in NO_PROXY');
    if (why.startsWith('its certificate'))
      return problem(
        why,
        'correct the certificate, or name its authority in NODE_EXTRA_CA_CERTS (for k6: SSL_CERT_FILE); on this machine --insecure accepts it as it is',
      );
    return problem(words(why, url.host, url.port), start);
  }
}

function words(why: string, host: string, port: number): string {
  if (why === 'ECONNREFUSED') return `nothing listens on ${host}:${port}`;
  if (why === 'ENOTFOUND') return `there is no host ${host}`;
  if (why === 'EAI_AGAIN') return `the name ${host} could not be looked up`;
  return why;
}
