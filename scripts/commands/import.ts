import { command } from './command.ts';

interface Options {
  readonly operation?: string;
  readonly fromCurl?: string;
  readonly fromResponse?: readonly string[];
  readonly name?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly format?: 'text' | 'json';
}

export const importContract = command<Options>({
  name: 'import',
  summary: 'a contract folder from an OpenAPI document, or from a request and its answers',
  arguments: [{ name: '[openapi]', says: 'an OpenAPI 3.0 or 3.1 file, JSON or YAML' }],
  options: [
    { flags: '--operation <operation>', says: 'which one, by its operationId or as "POST /path"' },
    { flags: '--from-curl <file>', says: 'a file with a curl command (- for standard input) instead of OpenAPI' },
    {
      flags: '--from-response <file>',
      says: 'an answer to it, as `curl -i` writes it; may be given many times',
      repeats: true,
    },
    { flags: '--name <name>', says: 'name of the contract (default: made of the operation)' },
    { flags: '--out <folder>', says: 'where to write it (default: contracts/<name>)' },
    { flags: '--force', says: 'write over what is there' },
  ],
  notes: `Values of a path such as /chats/{chat} become inputs with a variable of their
own; so do fields that are called like ids. What was guessed or left out is
said, for you to look at; no key is kept.`,
  formats: ['json'],
  examples: [
    'npx assay import openapi.yaml --operation createOrder',
    'npx assay import --from-curl request.txt --from-response 201.txt',
  ],
  async run({ arguments: [file], options }, host) {
    const { runImport } = await import('../import/run-import.ts');
    const { operation = null, name = null, out = null, fromCurl = null, fromResponse = [] } = options;
    const written = { name, out, isForced: options.force === true, format: options.format ?? 'text' };
    return runImport({ file: file ?? null, operation, curl: fromCurl, responses: fromResponse, ...written }, host);
  },
});
