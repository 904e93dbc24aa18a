import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { isOpenApi } from '../../contracts/diff/openapi-contracts.ts';
import { type ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { diskSource } from '../diff/file-source.ts';
import { readWithReferences } from '../diff/read-side.ts';
import { readNamedFile } from '../lib/files.ts';
import type { Host } from '../lib/host.ts';
import { draftFromExchange } from './exchange-draft.ts';
import { draftFromOpenApi } from './openapi-draft.ts';
import { parseCurl } from './parse-curl.ts';
import { parseResponse } from './parse-response.ts';
import { type WriteOptions, writeContract } from './write-contract.ts';

export interface ImportOptions extends WriteOptions {
  /** An OpenAPI file; null: the contract is read off an exchange. */
  readonly file: string | null;
  /** operationId, or "POST /chats". */
  readonly operation: string | null;
  /** Name of the contract; null: made of the operation. */
  readonly name: string | null;
  /** File with a curl command, or "-" for standard input. */
  readonly curl: string | null;
  /** Files with answers. */
  readonly responses: readonly string[];
}

/** `assay import`: writes a contract folder from an OpenAPI document, or from a request and its answers. Throws UserError. */
export async function runImport(options: ImportOptions, host: Host): Promise<ExitCode> {
  const name = options.name === null ? null : contractName(options.name);
  if (options.file === null && options.curl === null)
    throw new UserError('there is nothing to import', {
      why: 'an OpenAPI file is needed, or --from-curl with --from-response',
      fix: 'see `npx assay import --help`',
    });
  if (options.file !== null && options.curl !== null)
    throw new UserError(`it is not clear what to import: ${options.file}, or the request in ${options.curl}`, {
      why: 'an OpenAPI file and --from-curl exclude each other',
      fix: `leave one of them out; if ${options.file} is one more answer, write --from-response ${options.file}`,
    });
  if (options.curl !== null) {
    const request = parseCurl(readNamed(options.curl, 'the curl command', host));
    const responses = options.responses.map((file) =>
      parseResponse(readNamed(file, 'the answer', host), basename(file)),
    );
    return writeContract(draftFromExchange(request, responses, name), options, host);
  }
  const file = options.file ?? '';
  const source = diskSource(host.cwd);
  const text = source.read(file) ?? readNamedFile(resolve(host.cwd, file), 'the OpenAPI document');
  const documents = await readWithReferences(source, text, file);
  if (!isOpenApi(documents.get(file)))
    throw new UserError(`${file} cannot be imported`, {
      why: 'it is no OpenAPI document: it has no "openapi"',
      fix: 'name an OpenAPI 3.0 or 3.1 file, or use --from-curl with --from-response',
    });
  return writeContract(draftFromOpenApi(file, documents, options.operation, name), options, host);
}

/** Throws UserError for a name that no folder and no contract can have. */
export function contractName(text: string): string {
  if (/^[a-z0-9][a-z0-9-]*$/.test(text)) return text;
  throw new UserError(`${text} is no name of a contract`, {
    why: 'a name has lower-case letters, digits and hyphens, since the folder is called so',
    fix: 'write it like create-thing',
  });
}

/** The command is read from a file: as an argument its key would be seen by every process of the machine. */
function readNamed(file: string, what: string, host: Host): string {
  if (/^\s*curl\s/.test(file))
    throw new UserError('the curl command is needed in a file', {
      why: 'a key in an argument is seen by every process of this machine, and kept by the shell',
      fix: 'save it as request.txt and write --from-curl request.txt, or pipe it in with --from-curl -',
    });
  if (file === '-') return readFileSync(0, 'utf8');
  return readNamedFile(resolve(host.cwd, file), what);
}
