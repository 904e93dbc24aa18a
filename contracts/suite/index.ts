/** What a user's own Playwright tests import: `import { expect, test } from 'assay/playwright'` (or `'assay'`). */
export type { Case, CaseRequest } from '../cases/case.ts';
export { deriveCases } from '../cases/derive.ts';
export type { Answer } from '../judge/answer.ts';
export type { Violation } from '../judge/violation.ts';
export type { Operation, PointerOf } from '../lib/operation.ts';
export type { Target } from '../lib/target.ts';
export type { ApiResponse } from './api-response.ts';
export type { ContractCase, ContractResult } from './contract-result.ts';
export {
  type Api,
  type MessageTypes,
  type SendOptions,
  type TypedOperation,
  test,
  typedOperation,
} from './fixtures.ts';
export { expect, type MatchOptions, type ResponseLike } from './matcher.ts';
export type { Settings } from './settings.ts';
