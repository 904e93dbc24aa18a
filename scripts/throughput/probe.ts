import type { Json, Operation } from '../../contracts/lib/operation.ts';
import { successStatuses } from '../../contracts/lib/operation.ts';
import { valueAt } from '../../contracts/lib/pointer.ts';
import type { Target } from '../../contracts/lib/target.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { REQUEST_TIMEOUT_SECONDS } from '../../load/measurement/profile.ts';
import { LIMITED_STATUS } from './measurement.ts';

/** What the one request before the load found. */
export interface ProbeAnswer {
  readonly status: number;
  /** From sending to the last byte, connecting included. */
  readonly latencyMs: number;
  /** A success created something; its id, null where the answer has none. */
  readonly created: { readonly id: string | number | null } | null;
}

/**
 * Sends one request, so that a load does not run into nothing: throws UserError (exit code 3) where no answer comes,
 * or one that says that each further request would fail as well.
 */
export async function probeTarget(
  operation: Operation,
  target: Target,
  request: Json,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const startedAtMs = performance.now();
  let status: number;
  let body: string;
  try {
    const response = await fetch(target.url, {
      method: operation.method,
      headers: {
        Accept: 'application/json',
        'Content-Type': 'application/json',
        ...(operation.auth.scheme === 'bearer' ? { Authorization: `Bearer ${target.apiKey}` } : {}),
      },
      ...(['GET', 'HEAD'].includes(operation.method) ? {} : { body: JSON.stringify(request) }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_SECONDS * 1000)]),
    });
    status = response.status;
    body = await response.text();
  } catch (error) {
    if (signal.aborted) {
      throw new UserError(
        'interrupted before the load began',
        { why: 'a signal came', fix: 'start again', exitCode: ExitCode.Interrupted },
        error,
      );
    }
    throw new UserError(
      'the target is not reachable',
      {
        why: `${operation.method} ${target.url}: ${reasonOf(error)}`,
        fix: 'check ASSAY_BASE_URL, and that the server runs',
        exitCode: ExitCode.Impossible,
      },
      error,
    );
  }
  const latencyMs = performance.now() - startedAtMs;
  const isSuccess = successStatuses(operation).includes(status);
  if (!isSuccess && status < 500 && status !== LIMITED_STATUS) {
    throw new UserError('the target does not accept the request that the load would repeat', {
      why: `${operation.method} ${target.url} answered ${status}`,
      fix: 'check ASSAY_BASE_URL, ASSAY_API_KEY and the inputs; `assay contract` shows what is wrong',
      exitCode: ExitCode.Impossible,
    });
  }
  return { status, latencyMs, created: isSuccess ? { id: createdId(operation, body) } : null };
}

function createdId(operation: Operation, body: string): string | number | null {
  if (operation.created === undefined) return null;
  try {
    const id = valueAt(JSON.parse(body), operation.created.id);
    return typeof id === 'string' || typeof id === 'number' ? id : null;
  } catch {
    return null;
  }
}

/** Node's fetch hides the reason one or two causes deep. */
function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  if (!(reason instanceof Error)) return String(reason);
  return reason.name === 'TimeoutError'
    ? `no answer within ${REQUEST_TIMEOUT_SECONDS} s`
    : reason.message || reason.name;
}
