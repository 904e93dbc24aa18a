import { isAbsolute, posix, relative, sep } from 'node:path';
import { isObject } from '../../contracts/diff/json-value.ts';
import { type MessageContract, messageContract } from '../../contracts/diff/message-contract.ts';
import { isOpenApi, openApiContracts } from '../../contracts/diff/openapi-contracts.ts';
import type { SchemaSource } from '../../contracts/diff/schema-bundle.ts';
import { parseContract } from '../../contracts/lib/contract.ts';
import { toPointer } from '../../contracts/lib/pointer.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import { diskSource, type FileSource, gitSource } from './file-source.ts';
import { parseDocument } from './parse-document.ts';

/** One side of a comparison, read from what the user named. */
export type DiffSide =
  | (SideFiles & {
      readonly kind: 'operations';
      readonly label: string;
      readonly operations: readonly MessageContract[];
      /** File (as `fileOf` takes it) and JSON pointer of what describes an operation. */
      placeOf(operation: MessageContract): { readonly file: string; readonly pointer: string };
    })
  | (SideFiles & { readonly kind: 'schema'; readonly label: string; readonly source: SchemaSource });

interface SideFiles {
  /** The file that a schema of an operation calls so: its path from the working folder, and its text. */
  fileOf(operation: string, file: string): { readonly path: string; readonly text: string } | null;
}

/**
 * Reads OLD or NEW: a contract folder, a folder of them, a folder with `contracts/`, an OpenAPI or a schema file, or
 * any of these at a git ref (`main:`, `v1:contracts`). Throws UserError.
 */
export async function readSide(spec: string, cwd: string): Promise<DiffSide> {
  const disk = diskSource(cwd);
  const isOnDisk = disk.list(spec) !== null || disk.read(spec) !== null;
  const colon = /^[A-Za-z]:[\\/]/.test(spec) ? -1 : spec.indexOf(':');
  if (isOnDisk || colon < 1) return readFrom(disk, spec, spec, cwd);
  return readFrom(gitSource(cwd, spec.slice(0, colon)), spec.slice(colon + 1) || '.', spec, cwd);
}

async function readFrom(source: FileSource, path: string, label: string, cwd: string): Promise<DiffSide> {
  const text = source.read(path);
  if (text !== null) return readFile(source, text, path, label, cwd);
  const names = source.list(path);
  if (names === null) {
    throw new UserError(`there is no ${label}`, {
      why: source.prefix === '' ? 'it is neither a file nor a folder' : `${source.prefix} holds no such file or folder`,
      fix: 'name a contract folder, a git ref such as main:, an OpenAPI file or a schema file',
    });
  }
  const folders = contractFolders(source, path, names);
  if (folders.length === 0) {
    throw new UserError(`${label} holds no contract`, {
      why: 'no operation.json lies in it, in its folders, or in its contracts/',
      fix: 'name a contract folder, or a folder of them',
    });
  }
  const operations = folders.map((folder) =>
    messageContract(parseContract(filesOf(source, folder), source.prefix + folder)),
  );
  return {
    kind: 'operations',
    label,
    operations,
    placeOf: () => ({ file: 'operation.json', pointer: '' }),
    fileOf(operation, file) {
      const folder = folders[operations.findIndex((one) => one.label === operation)];
      return folder === undefined ? null : fileAt(source, join(folder, file), cwd);
    },
  };
}

function fileAt(source: FileSource, path: string, cwd: string): { path: string; text: string } | null {
  const text = source.read(path);
  if (text === null) return null;
  const local = isAbsolute(path) ? relative(cwd, path).split(sep).join('/') : path;
  return { path: posix.normalize(local), text };
}

function contractFolders(source: FileSource, path: string, names: readonly string[]): string[] {
  if (names.includes('operation.json')) return [path];
  const inner = names.includes('contracts') ? join(path, 'contracts') : path;
  return (source.list(inner) ?? [])
    .map((name) => join(inner, name))
    .filter((folder) => source.read(join(folder, 'operation.json')) !== null);
}

function join(folder: string, name: string): string {
  return folder === '.' || folder === '' ? name : `${folder.replace(/\/+$/, '')}/${name}`;
}

/** operation.json and the schemas of a contract folder; its examples have no say here. */
function filesOf(source: FileSource, folder: string): Record<string, string> {
  const names = (source.list(folder) ?? []).filter(
    (name) => name === 'operation.json' || name.endsWith('.schema.json'),
  );
  return Object.fromEntries(names.map((name) => [name, source.read(join(folder, name)) ?? '']));
}

async function readFile(source: FileSource, text: string, path: string, label: string, cwd: string): Promise<DiffSide> {
  const file = posix.normalize(path);
  const documents = await readWithReferences(source, text, file);
  const fileOf = (_: string, name: string) => fileAt(source, name, cwd);
  if (isOpenApi(documents.get(file))) {
    return {
      kind: 'operations',
      label,
      operations: openApiContracts(file, documents),
      placeOf: (operation) => ({ file, pointer: toPointer(['paths', operation.path, operation.method.toLowerCase()]) }),
      fileOf,
    };
  }
  return { kind: 'schema', label, source: { file, documents }, fileOf };
}

/** Files that one file may lead to, before it looks like a mistake. */
const MAX_FILES = 1000;

/** A file and those that its `$ref`s lead to; references that lead nowhere are left for the comparison to tell. */
export async function readWithReferences(
  source: FileSource,
  text: string,
  file: string,
): Promise<Map<string, unknown>> {
  const documents = new Map<string, unknown>();
  const pending: { file: string; text: string }[] = [{ file, text }];
  for (let next = pending.shift(); next !== undefined && documents.size < MAX_FILES; next = pending.shift()) {
    if (documents.has(next.file)) continue;
    const document = await parseDocument(next.text, source.prefix + next.file);
    documents.set(next.file, document);
    for (const ref of fileReferences(document)) {
      const target = posix.normalize(posix.join(posix.dirname(next.file), ref));
      const found = documents.has(target) ? null : source.read(target);
      if (found !== null) pending.push({ file: target, text: found });
    }
  }
  return documents;
}

function fileReferences(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fileReferences);
  if (!isObject(value)) return [];
  const own = ['$ref', '$dynamicRef'].flatMap((keyword) => {
    const ref = value[keyword];
    const file = typeof ref === 'string' ? (ref.split('#')[0] ?? '') : '';
    return file === '' || /^[a-z][a-z0-9+.-]*:/i.test(file) ? [] : [decodeURIComponent(file)];
  });
  return [...own, ...Object.values(value).flatMap(fileReferences)];
}
