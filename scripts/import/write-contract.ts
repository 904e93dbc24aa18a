import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { baseRequests } from '../../contracts/cases/base-request.ts';
import { schemaIndex } from '../../contracts/judge/schema-index.ts';
import { type Contract, parseContract } from '../../contracts/lib/contract.ts';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { bodyInputs, successStatuses } from '../../contracts/lib/operation.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { generateFiles } from '../generate/generate.ts';
import { writeWhole } from '../lib/files.ts';
import type { Host } from '../lib/host.ts';
import { synthesise } from '../reference-api/synthesis.ts';
import { type ContractDraft, draftFiles } from './contract-draft.ts';

export interface WriteOptions {
  /** Folder to write; null: `contracts/<name>` of the working folder. */
  readonly out: string | null;
  /** Write into a folder that has files already. */
  readonly isForced: boolean;
  readonly format?: 'text' | 'json';
}

/**
 * Writes a contract folder that every command takes as it is: the draft is parsed first, gets examples where it has
 * none, and its types and validators are made. Throws UserError, and then has written nothing.
 */
export async function writeContract(draft: ContractDraft, options: WriteOptions, host: Host): Promise<ExitCode> {
  const directory = resolve(host.cwd, options.out ?? join('contracts', draft.operation.name));
  const shown = relative(host.cwd, directory) || '.';
  if (existsSync(directory) && readdirSync(directory).length > 0 && !options.isForced)
    throw new UserError(`${shown} is there already`, {
      why: 'what is written by hand there would be lost',
      fix: 'choose another folder with --out or another name with --name, or write over it with --force',
    });
  const complete = withMadeUpExamples(draft, parseContract(draftFiles(draft), shown));
  const files = draftFiles(complete);
  const contract = parseContract(files, shown);
  const generated = await generateFiles(contract, host.packageRoot);
  for (const [name, text] of Object.entries(files)) writeWhole(join(directory, name), text);
  for (const [name, text] of Object.entries(generated)) writeWhole(join(directory, 'generated', name), text);

  const { operation } = contract;
  const variables = (operation.inputs ?? []).map((input) => input.env);
  if (options.format === 'json') {
    const written = [...Object.keys(files), ...Object.keys(generated).map((name) => `generated/${name}`)];
    const result = { contract: contract.name, folder: shown, files: written, notes: complete.notes, variables };
    host.out(`${JSON.stringify(result, null, 1)}\n`);
    return ExitCode.Ok;
  }
  host.out(`${shown}: ${operation.method} ${operation.path} as the contract ${contract.name}\n`);
  host.out(
    `  wrote ${Object.keys(files).length} files, and ${Object.keys(generated).length} made from them in generated/\n`,
  );
  for (const note of complete.notes) host.out(`  look at it: ${note}\n`);
  if (variables.length > 0) host.out(`  set for a server of your own: ${variables.join(', ')}\n`);
  const isUsual = directory === resolve(host.cwd, 'contracts', contract.name);
  host.out(`  next: ASSAY_CONTRACT=${isUsual ? contract.name : `./${shown}`} npx assay contract\n`);
  return ExitCode.Ok;
}

/** One example of the request and one of the success, made up from the schemas, where the draft has none. */
function withMadeUpExamples(draft: ContractDraft, contract: Contract): ContractDraft {
  const { operation } = contract;
  const has = (message: string) => draft.examples.some((example) => example.message === message);
  const inputs = embeddedInputs(contract, { withGiven: true });
  const known = Object.fromEntries(
    bodyInputs(operation).map((input) => [
      input.pointer,
      input.type === 'string' ? (inputs[input.env] ?? '') : Number(inputs[input.env]),
    ]),
  );
  const takesBody = !['GET', 'HEAD'].includes(operation.method) && !has('request');
  const request = takesBody
    ? [{ message: 'request', what: 'made-up', body: baseRequests(contract, schemaIndex(contract), known).full }]
    : [];
  const success = String(successStatuses(operation)[0]);
  const answer = has(success)
    ? []
    : [
        {
          message: success,
          what: 'made-up',
          body: synthesise(contract, operation.responses[success]?.schema ?? '', success),
        },
      ];
  const madeUp = [...request, ...answer];
  return {
    ...draft,
    examples: [...draft.examples, ...madeUp],
    notes: [
      ...draft.notes,
      ...(madeUp.length > 0
        ? [
            `made up from the schemas: ${madeUp.map(({ message }) => `examples/${message}.valid.made-up.json`).join(', ')}`,
          ]
        : []),
    ],
  };
}
