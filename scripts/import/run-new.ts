import type { JsonSchema } from '../../contracts/lib/operation.ts';
import { pathParameters } from '../../contracts/lib/operation.ts';
import { type ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import type { Host } from '../lib/host.ts';
import { type ContractDraft, DRAFT, pathInput } from './contract-draft.ts';
import { contractName } from './run-import.ts';
import { type WriteOptions, writeContract } from './write-contract.ts';

export interface NewOptions extends WriteOptions {
  readonly name: string;
  readonly method: string;
  readonly path: string | null;
  readonly baseUrl: string | null;
}

/** `assay new`: an empty contract folder to fill in, which every command takes as it is. Throws UserError. */
export async function runNew(options: NewOptions, host: Host): Promise<ExitCode> {
  return writeContract(emptyDraft(options), options, host);
}

function emptyDraft({ name, method, path: given, baseUrl }: NewOptions): ContractDraft {
  const path = given ?? `/${contractName(name).split('-').at(-1)}s`;
  if (!/^\/[^?#\s]*$/.test(path))
    throw new UserError(`${path} is no path`, {
      why: 'it begins with "/" and has no query',
      fix: 'write it like /things/{thing}',
    });
  const schema = (file: string, title: string, description: string, keywords: object): JsonSchema => ({
    ...{ $schema: DRAFT, $id: file, title, description, type: 'object' },
    ...keywords,
  });
  const errors = (...codes: string[]) => ({ schema: 'errors.schema.json', codes });
  const status = method === 'POST' ? '201' : '200';
  const isCreating = method === 'POST';
  return {
    operation: {
      name: contractName(name),
      method,
      path,
      baseUrl: baseUrl ?? 'https://api.example.com',
      auth: { scheme: 'bearer' },
      request: { schema: 'request.schema.json' },
      responses: {
        [status]: { schema: 'answer.schema.json' },
        '400': { ...errors('invalid_request'), fieldCodes: true },
        '401': errors('invalid_token'),
        '429': errors('too_many_requests'),
      },
      ...(pathParameters(path).length === 0
        ? {}
        : { inputs: pathParameters(path).map((parameter) => pathInput(parameter, 'integer', undefined)) }),
      ...(isCreating ? { created: { id: '/id' } } : {}),
      sources: { request: 'name the document that each rule comes from' },
    },
    schemas: {
      'request.schema.json': schema('request.schema.json', 'Request', `Body of ${method} ${path}.`, {
        required: ['name'],
        properties: { name: { type: 'string', description: 'An example: put the real fields here.' } },
      }),
      'answer.schema.json': schema('answer.schema.json', 'Answer', `Answer ${status}.`, {
        required: ['id'],
        properties: { id: { type: 'integer' }, name: { type: 'string' } },
      }),
      'errors.schema.json': schema('errors.schema.json', 'Errors', 'Body of every error.', {
        required: ['errors'],
        properties: {
          errors: {
            type: 'array',
            minItems: 1,
            items: {
              ...{ title: 'ErrorEntry', type: 'object', required: ['code', 'message'] },
              properties: { code: { type: 'string' }, message: { type: 'string' } },
            },
          },
        },
      }),
    },
    examples: [],
    notes: ['everything in it is an example: put the fields, codes and statuses of your documents in its place'],
  };
}
