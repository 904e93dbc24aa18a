import { command } from './command.ts';

interface Options {
  readonly method?: string;
  readonly path?: string;
  readonly baseUrl?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly format?: 'text' | 'json';
}

export const newContract = command<Options>({
  name: 'new',
  summary: 'an empty contract folder to fill in, which every command takes as it is',
  arguments: [{ name: '<name>', says: 'name of the contract, such as create-thing' }],
  options: [
    { flags: '--method <method>', says: 'default POST', choices: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
    { flags: '--path <path>', says: 'such as /things/{thing}/parts (default: made of the name)' },
    { flags: '--base-url <url>', says: 'where the vendor serves it, for messages and documents' },
    { flags: '--out <folder>', says: 'where to write it (default: contracts/<name>)' },
    { flags: '--force', says: 'write over what is there' },
  ],
  formats: ['json'],
  examples: ['npx assay new create-thing', 'npx assay new rename-thing --method PUT --path /things/{thing}'],
  async run({ arguments: [name = ''], options }, host) {
    const { runNew } = await import('../import/run-new.ts');
    const { method = 'POST', path = null, baseUrl = null, out = null, force = false, format = 'text' } = options;
    return runNew({ name, method, path, baseUrl, out, isForced: force, format }, host);
  },
});
