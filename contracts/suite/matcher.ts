import { expect as playwrightExpect } from '@playwright/test';
import type { Answer } from '../judge/answer.ts';
import { judgeAnswer, statusSource } from '../judge/judge.ts';
import { type SchemaIndex, schemaIndex } from '../judge/schema-index.ts';
import type { Contract } from '../lib/contract.ts';
import { contractDirectory, readContract } from '../lib/read-contract.ts';
import { redactor } from '../lib/redact.ts';
import { secretsOf } from './run-case.ts';
import { findPackageRoot } from './settings.ts';

/** What the matcher needs of a response: Playwright's APIResponse has it, and so has the suite's own. */
export interface ResponseLike {
  status(): number;
  headersArray(): { name: string; value: string }[];
  body(): Promise<Uint8Array>;
}

export interface MatchOptions {
  /** The document that was sent: then the echoes of operation.json are held too. */
  readonly request?: unknown;
  /** JSON pointers to the fields at fault: then a 400 must name them and no others. */
  readonly faults?: readonly string[];
}

const contracts = new Map<string, { contract: Contract; index: SchemaIndex }>();

function contractNamed(name: string): { contract: Contract; index: SchemaIndex } {
  const directory = contractDirectory(name, process.cwd(), findPackageRoot());
  let known = contracts.get(directory);
  if (known === undefined) {
    const contract = readContract(directory);
    known = { contract, index: schemaIndex(contract) };
    contracts.set(directory, known);
  }
  return known;
}

/** Playwright's `expect`, with `await expect(response).toMatchContract('<contract>', 201)`. */
export const expect = playwrightExpect.extend({
  async toMatchContract(response: ResponseLike, name: string, status: number, options: MatchOptions = {}) {
    const { contract, index } = contractNamed(name);
    const answer = await answerOf(response);
    const key = process.env['ASSAY_API_KEY'] ?? null;
    const sent = (response as { request?: { document?: unknown } | null }).request?.document;
    const { violations } = judgeAnswer(contract, index, answer, {
      statuses: [status],
      isForeign: false,
      faults: options.faults ?? null,
      request: (options.request ?? sent) as never,
      method: contract.operation.method,
      secrets: key === null ? [] : [key],
      credentials: [],
      source: statusSource(contract, status),
    });
    const redact = redactor(secretsOf([key, process.env['ASSAY_SECOND_API_KEY'] ?? null]));
    const told = violations.map(
      (violation) =>
        `${violation.rule}${violation.pointer === null ? '' : ` at ${violation.pointer || 'the top'}`}: expected ${violation.expected}, received ${violation.received}\n    written in ${violation.source}`,
    );
    return {
      name: 'toMatchContract',
      pass: violations.length === 0,
      message: () =>
        violations.length === 0
          ? `the response keeps the contract ${name} for ${status}, but was expected not to`
          : redact(`the response breaks the contract ${name} for ${status}:\n  ${told.join('\n  ')}`),
    };
  },
});

async function answerOf(response: ResponseLike): Promise<Answer> {
  const own = (response as { answer?: Answer }).answer;
  if (own !== undefined) return own;
  const receivedAtMs = Date.now();
  return {
    status: response.status(),
    headers: response.headersArray().map(({ name, value }) => [name, value] as const),
    body: await response.body(),
    sentAtMs: receivedAtMs,
    receivedAtMs,
  };
}
