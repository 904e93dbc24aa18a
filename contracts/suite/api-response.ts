import type { CaseRequest } from '../cases/case.ts';
import { type Answer, headerOf } from '../judge/answer.ts';
import { readJsonBody } from '../judge/body.ts';
import { createdId } from '../judge/success-rules.ts';
import type { MessageTypes } from './fixtures.ts';
import type { Settings } from './settings.ts';

/** An answer, shaped like Playwright's APIResponse where they overlap, with the types of the contract's messages. */
export interface ApiResponse<Types extends MessageTypes> {
  readonly answer: Answer;
  /** What was sent; null where it is not known. */
  readonly request: CaseRequest | null;
  status(): number;
  ok(): boolean;
  headersArray(): { name: string; value: string }[];
  header(name: string): string | undefined;
  body(): Promise<Buffer>;
  text(): Promise<string>;
  /** The body of this status; throws where another status came. */
  json<Status extends keyof Types['responses'] & string>(status: Status): Promise<Types['responses'][Status]>;
  /** The id of what was created; null where the answer names none. */
  createdId(): string | number | null;
}

export function apiResponse(
  answer: Answer,
  request: CaseRequest | null,
  settings: Settings,
): ApiResponse<MessageTypes> {
  const json = () => readJsonBody(answer).json;
  return {
    answer,
    request,
    status: () => answer.status,
    ok: () => answer.status >= 200 && answer.status < 300,
    headersArray: () => answer.headers.map(([name, value]) => ({ name, value })),
    header: (name) => headerOf(answer, name),
    body: async () => Buffer.from(answer.body),
    text: async () => new TextDecoder().decode(answer.body),
    async json(status) {
      if (String(answer.status) !== status)
        throw new Error(`the answer has the status ${answer.status}, not ${status}`);
      const read = json();
      if (read === null) throw new Error('the answer has no JSON body');
      return read.value;
    },
    createdId: () => createdId(settings.contract, json()) ?? null,
  };
}
