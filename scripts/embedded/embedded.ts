import { randomBytes } from 'node:crypto';
import type { Contract } from '../../contracts/lib/contract.ts';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { type Host, withEnvironment } from '../lib/host.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { type ReferenceApi, startReferenceApi } from '../reference-api/server.ts';

/** Whether the environment names a target; if not, commands use the embedded reference API. */
export function hasTarget(host: Host): boolean {
  return (host.env['ASSAY_BASE_URL'] ?? '') !== '';
}

/**
 * Calls `use` with a host whose environment names a target: the one that is set, or else an embedded reference API
 * of `contract` under `limit` (grammar L, or "none"), started on a free loopback port with a random key and stopped
 * afterwards. ASSAY_EMBEDDED_LIMIT then says that, and under which limit.
 */
export async function withTarget<T>(
  host: Host,
  contract: Contract,
  limit: string,
  use: (host: Host) => Promise<T>,
): Promise<T> {
  if (hasTarget(host)) return use(host);
  const apiKey = randomBytes(24).toString('hex');
  const api = await startEmbeddedApi(contract, apiKey, limit);
  try {
    return await use(
      withEnvironment(host, {
        ...embeddedInputs(contract),
        ASSAY_BASE_URL: api.baseUrl,
        ASSAY_API_KEY: apiKey,
        ASSAY_EMBEDDED_LIMIT: limit,
      }),
    );
  } finally {
    await api.close();
  }
}

/** A reference API of a contract and its givers, under `limit` (grammar L, or "none"). */
export function startEmbeddedApi(contract: Contract, apiKey: string, limit: string): Promise<ReferenceApi> {
  return startReferenceApi({
    contract,
    others: contract.givers ?? [],
    known: embeddedInputs(contract, { withGiven: true }),
    apiKey,
    limiter: limit === 'none' ? null : createLimiter(limit),
  });
}

/** The same host where the target is not embedded; else one that also sets the inputs that other operations could give. */
export function withKnownInputs(host: Host, contract: Contract): Host {
  if ((host.env['ASSAY_EMBEDDED_LIMIT'] ?? '') === '') return host;
  return withEnvironment(host, { ...embeddedInputs(contract, { withGiven: true }), ...host.env });
}
