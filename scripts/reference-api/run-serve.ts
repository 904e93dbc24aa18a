import { randomBytes } from 'node:crypto';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import type { Host } from '../lib/host.ts';
import { createLimiter } from './create-limiter.ts';
import { type ReferenceApi, startReferenceApi } from './server.ts';

export interface ServeOptions {
  /** 0: a free one. */
  readonly port: number;
  /** A limit, "none", or null for the one that operation.json documents (none, where it documents none). */
  readonly limit: string | null;
  /** json: URL and key as one object on one line. */
  readonly format?: 'text' | 'json';
}

/**
 * `assay serve`: the base URL is the first line on standard output, a key that was made up here is the second (as JSON:
 * one object; null for a key that was given); nothing else goes there. Serves until `host.signal` is aborted. Throws UserError.
 */
export async function runServe(options: ServeOptions, host: Host): Promise<ExitCode> {
  const contract = chosenContract(host);
  const documented = contract.operation.limit;
  const limit =
    options.limit ?? (documented === undefined ? 'none' : `${documented.requests}/${documented.windowSeconds}s`);
  const given = host.env['ASSAY_API_KEY'] ?? '';
  const apiKey = given === '' ? randomBytes(24).toString('hex') : given;
  const second = host.env['ASSAY_SECOND_API_KEY'] ?? '';
  const limiter = limit === 'none' ? null : createLimiter(limit);
  if (host.signal.aborted) return ExitCode.Ok;
  let api: ReferenceApi;
  try {
    api = await startReferenceApi({
      contract,
      others: contract.givers ?? [],
      known: { ...embeddedInputs(contract, { withGiven: true }), ...host.env },
      apiKey,
      ...(second === '' ? {} : { secondApiKey: second }),
      limiter,
      port: options.port,
    });
  } catch (error) {
    throw portError(error, options.port);
  }
  if (options.format === 'json')
    host.out(`${JSON.stringify({ baseUrl: api.baseUrl, apiKey: given === '' ? apiKey : null, limit })}\n`);
  else host.out(given === '' ? `${api.baseUrl}\n${apiKey}\n` : `${api.baseUrl}\n`);
  host.err(`serving ${contract.name} under ${limit === 'none' ? 'no limit' : `the limit ${limit}`}; Ctrl-C stops it\n`);
  if (!host.signal.aborted)
    await new Promise<void>((resolve) => host.signal.addEventListener('abort', () => resolve(), { once: true }));
  await api.close();
  return ExitCode.Ok;
}

function portError(error: unknown, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE')
    return new UserError(
      `port ${port} is in use`,
      {
        why: 'another program listens there',
        fix: 'choose another one with --port, or leave it out to get a free one',
      },
      error,
    );
  if (code === 'EACCES')
    return new UserError(
      `port ${port} may not be used`,
      { why: 'ports below 1024 are for the system', fix: 'choose a higher one with --port' },
      error,
    );
  return error;
}
