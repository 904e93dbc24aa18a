import { Buffer } from 'node:buffer';
import type { Json, Operation } from '../../contracts/lib/operation.ts';
import { successStatuses } from '../../contracts/lib/operation.ts';
import { valueAt } from '../../contracts/lib/pointer.ts';
import type { Target } from '../../contracts/lib/target.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import type { Transport } from '../../contracts/suite/transport.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';
import { LIMITED_STATUS } from './measurement.ts';

/** What the one request before the load found. */
export interface ProbeAnswer {
  readonly status: number;
  /** From sending to the last byte, connecting included. */
  readonly latencyMs: number;
  /** A success created something; its id, null where the answer has none. */
  readonly created: { readonly id: string | number | null } | null;
}

/** Longest answer that is read. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Sends one request, so that a load does not run into nothing: throws UserError (exit code 3) where no answer comes,
 * or one that says that each further request would fail as well.
 */
export async function probeTarget(
  operation: Operation,
  target: Target,
  request: Json,
  deadlineMs: number,
  send: Transport,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const exchange = await unlessAborted(
    send(
      {
        url: target.url,
        method: operation.method,
        headers: [
          ['Accept', 'application/json'],
          ['Content-Type', 'application/json'],
          ...(operation.auth.scheme === 'bearer' ? [['Authorization', `Bearer ${target.apiKey}`] as const] : []),
        ],
        body: ['GET', 'HEAD'].includes(operation.method) ? null : JSON.stringify(request),
      },
      { deadlineMs: deadlineMs, maxBytes: MAX_ANSWER_BYTES },
    ),
    signal,
    'interrupted before the load began',
  );
  if (exchange.kind === 'fault' && exchange.fault.kind === 'not-sent') {
    throw new UserError('the load was not run', {
      why: exchange.fault.detail,
      fix: 'raise the budget, or run fewer parts in one go',
      exitCode: ExitCode.Undecided,
    });
  }
  if (exchange.kind === 'fault') {
    throw new UserError('the target does not answer', {
      why: `${operation.method} ${target.url}: ${exchange.fault.detail}`,
      fix: 'check ASSAY_BASE_URL, and that the server runs',
      exitCode: ExitCode.Impossible,
    });
  }
  const { status, body, sentAtMs, receivedAtMs } = exchange.answer;
  const isSuccess = successStatuses(operation).includes(status);
  if (!isSuccess && status < 500 && status !== LIMITED_STATUS) {
    throw new UserError('the target does not accept the request that the load would repeat', {
      why: `${operation.method} ${target.url} answered ${status}`,
      fix: 'check ASSAY_BASE_URL, ASSAY_API_KEY and the inputs; `assay contract` shows what is wrong',
      exitCode: ExitCode.Impossible,
    });
  }
  return {
    status,
    latencyMs: receivedAtMs - sentAtMs,
    created: isSuccess ? { id: createdId(operation, Buffer.from(body).toString('utf8')) } : null,
  };
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
