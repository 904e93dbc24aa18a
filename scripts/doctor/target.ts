import { requestTemplate } from '../../contracts/cases/request-template.ts';
import type { Answer } from '../../contracts/judge/answer.ts';
import { readJsonBody } from '../../contracts/judge/body.ts';
import { codesOf, documentedCodes } from '../../contracts/judge/codes.ts';
import { createdId } from '../../contracts/judge/success-rules.ts';
import type { Contract } from '../../contracts/lib/contract.ts';
import { deadlineMs } from '../../contracts/lib/environment-numbers.ts';
import { standIns, unsetGivenInputs } from '../../contracts/lib/given-inputs.ts';
import { bodyInputs, fieldCode, type Json, successStatuses } from '../../contracts/lib/operation.ts';
import { pointerTokens, valueAt } from '../../contracts/lib/pointer.ts';
import { parseTarget, type Target } from '../../contracts/lib/target.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { reachabilityProblem } from '../../contracts/suite/reachable.ts';
import { transportFor } from '../../contracts/suite/transport.ts';
import { requestBodies } from '../../load/lib/request-bodies.ts';
import type { Host } from '../lib/host.ts';
import { clockFinding } from './clock.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';
import { quotaFinding } from './quota.ts';

/** What was sent and made to find it out. */
export interface Cost {
  readonly requests: number;
  readonly created: number;
}

export interface TargetOptions {
  /** One valid request may be sent; without it only requests that a contract-keeping server refuses. */
  readonly mayCreate: boolean;
  /** Called for what was created, with its id. */
  created(id: string | number | null): void;
}

const DEADLINE_MS = 15_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** No server knows it. */
const NO_KEY = 'assay-doctor-no-such-key';

/** Asks the target that the environment names: reachability, clock, key, ids and quota, with as few requests as can tell. */
export async function targetFindings(
  contract: Contract,
  options: TargetOptions,
  host: Pick<Host, 'env'>,
): Promise<{ findings: Finding[]; cost: Cost }> {
  const { operation } = contract;
  let target: Target;
  try {
    target = parseTarget({ ...host.env, ...standIns(operation, host.env) }, operation);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { findings: [failed('target', error.why, error.fix, error.exitCode)], cost: { requests: 0, created: 0 } };
  }
  const isEmbedded = (host.env['ASSAY_EMBEDDED_LIMIT'] ?? '') !== '';
  const findings = [
    ok('target', isEmbedded ? 'none is set: asking the embedded reference API' : `${operation.method} ${target.url}`),
  ];
  const startedAtMs = performance.now();
  const problem = await reachabilityProblem(target.baseUrl, host.env);
  if (problem !== null) {
    findings.push(failed('reachable', problem.why, problem.fix, problem.exitCode));
    return { findings, cost: { requests: 0, created: 0 } };
  }
  findings.push(ok('reachable', `connected in ${Math.max(1, Math.round(performance.now() - startedAtMs))} ms`));

  const { findings: asked, cost } = await ask(contract, target, options, host);
  return { findings: [...findings, ...asked], cost };
}

async function ask(
  contract: Contract,
  target: Target,
  options: TargetOptions,
  host: Pick<Host, 'env'>,
): Promise<{ findings: Finding[]; cost: Cost }> {
  const { operation } = contract;
  const isGiven = unsetGivenInputs(operation, host.env).length > 0;
  const { valid, invalid } = requestBodies(
    operation,
    requestTemplate(contract),
    target.inputs,
    contract.validator(operation.request.schema),
  );
  const longestMs = deadlineMs(host.env, DEADLINE_MS);
  const cost = { requests: 0, created: 0 };
  const send = async (body: Json, apiKey: string): Promise<Answer> => {
    cost.requests += 1;
    const exchange = await transportFor(host.env)(
      {
        url: target.url,
        method: operation.method,
        headers: [
          ['Accept', 'application/json'],
          ['Content-Type', 'application/json'],
          ...(operation.auth.scheme === 'bearer' ? [['Authorization', `Bearer ${apiKey}`] as const] : []),
        ],
        body: ['GET', 'HEAD'].includes(operation.method) ? null : JSON.stringify(body),
      },
      { deadlineMs: longestMs, maxBytes: MAX_ANSWER_BYTES },
    );
    if (exchange.kind === 'fault') throw new NoAnswer(exchange.fault.detail);
    if (successStatuses(operation).includes(exchange.answer.status) && operation.created !== undefined) {
      cost.created += 1;
      options.created(createdId(contract, readJsonBody(exchange.answer).json) ?? null);
    }
    return exchange.answer;
  };
  try {
    // A valid request tells all at once. What is given by another operation first is not asked for here.
    const isHarmless = operation.created === undefined;
    if ((options.mayCreate || isHarmless) && !isGiven) {
      const answer = await send(valid, target.apiKey);
      return { findings: fromValid(contract, target, valid, answer), cost };
    }
    if (invalid === null) {
      const says = 'every request that can be made would create something';
      return { findings: [skipped('key', says), skipped('ids', says)], cost };
    }
    const answer = await send(invalid, target.apiKey);
    const stranger = operation.auth.scheme === 'none' ? null : await send(invalid, NO_KEY);
    return { findings: fromInvalid(contract, invalid, answer, stranger, isGiven), cost };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const fix = 'see that the server at ASSAY_BASE_URL speaks HTTP and is well';
    return { findings: [failed('reachable', error.message, fix, ExitCode.Impossible)], cost };
  }
}

class NoAnswer extends Error {}

/** What the answer to a valid request tells. */
function fromValid(contract: Contract, target: Target, sent: Json, answer: Answer): Finding[] {
  const { operation } = contract;
  const isDone = successStatuses(operation).includes(answer.status);
  const key = keyFinding(contract, answer.status, isDone ? 'accepted' : null);
  const ids = isDone
    ? ok('ids', `accepted: ${namesOf(contract, target)}`)
    : (refusedIds(contract, sent, answer) ??
      (answer.status === 401 || answer.status === 429
        ? skipped('ids', `the server answered ${answer.status}`)
        : failed(
            'ids',
            `a valid request was answered ${answer.status}`,
            `check ASSAY_BASE_URL and the inputs, and see what \`npx assay contract --grep @smoke\` says`,
            answer.status >= 500 ? ExitCode.Impossible : ExitCode.Usage,
          )));
  return [clockFinding(answer), key, ids, quotaFinding(answer)];
}

/** What the answers to a request tell that lacks a required field, with the key and with one that nobody knows. */
function fromInvalid(
  contract: Contract,
  sent: Json,
  answer: Answer,
  stranger: Answer | null,
  isGiven: boolean,
): Finding[] {
  const isTold = stranger === null || stranger.status === 401;
  const key = keyFinding(contract, answer.status, isTold ? 'accepted' : 'unknown');
  const refused = refusedIds(contract, sent, answer);
  const unproved = isGiven
    ? skipped('ids', 'another operation gives one of them: `npx assay contract --grep @smoke` tells')
    : warning(
        'ids',
        'set, and not refused; only a request that creates something proves that they exist',
        '`npx assay doctor --create` sends one',
      );
  const ids = refused ?? (answer.status === 400 ? unproved : skipped('ids', `the server answered ${answer.status}`));
  return [clockFinding(answer), key, ids, quotaFinding(stranger?.status === 429 ? stranger : answer)];
}

/** `judged`: what the other answers make of a key that was not refused; null: nothing. */
function keyFinding(contract: Contract, status: number, judged: 'accepted' | 'unknown' | null): Finding {
  if (contract.operation.auth.scheme === 'none') return ok('key', 'none is needed');
  if (status === 401) {
    const fix = 'check that ASSAY_API_KEY is a key of this server, copied whole, and not revoked';
    return failed('key', 'refused with 401', fix, ExitCode.Usage);
  }
  if (status === 429) return skipped('key', 'the limit answered first (429)');
  if (judged === 'accepted') return ok('key', 'accepted');
  return judged === null
    ? ok('key', `not refused (${status})`)
    : warning(
        'key',
        'cannot be told: the server looks at the request before the key',
        '`npx assay doctor --create` sends a valid request',
      );
}

/** Inputs that the answer names as bad fields. */
function refusedIds(contract: Contract, sent: Json, answer: Answer): Finding | null {
  const { operation } = contract;
  const rule = operation.responses[String(answer.status)];
  const body = readJsonBody(answer).json?.value;
  if (rule === undefined || rule.fieldCodes === undefined || rule.fieldCodes === false) return null;
  const codes = codesOf(body, documentedCodes(operation));
  const refused = bodyInputs(operation).filter(
    ({ pointer }) =>
      valueAt(sent, pointer) !== undefined &&
      codes.includes(fieldCode(rule, pointer) ?? pointerTokens(pointer).join('.')),
  );
  if (refused.length === 0) return null;
  const names = refused.map(({ env, pointer }) => `${env}=${valueAt(sent, pointer)}`).join(', ');
  return failed('ids', `refused with ${answer.status}: ${names}`, 'set each to one that exists there', ExitCode.Usage);
}

function namesOf({ operation }: Contract, target: Target): string {
  const names = (operation.inputs ?? [])
    .filter((input) => ('path' in input ? target.parameters[input.path] : target.inputs[input.pointer]) !== undefined)
    .map(({ env }) => env);
  return names.length === 0 ? 'none are needed' : names.join(', ');
}
