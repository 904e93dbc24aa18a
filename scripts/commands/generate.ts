import { command } from './command.ts';

interface Options {
  readonly check?: boolean;
  readonly format?: 'text' | 'json';
}

export const generate = command<Options>({
  name: 'generate',
  summary: "types, validators and an OpenAPI document from the contract's schemas; --check fails on drift",
  options: [{ flags: '--check', says: 'write nothing; exit 1 if a generated file does not match the schemas' }],
  formats: ['json'],
  examples: ['npx assay generate', 'npx assay generate --check'],
  async run({ options }, host) {
    const { runGenerate } = await import('../generate/generate.ts');
    const { chosenContractDirectory } = await import('../lib/chosen-contract.ts');
    return runGenerate(
      chosenContractDirectory(host),
      { check: options.check === true, format: options.format ?? 'text' },
      host,
    );
  },
});
