import { command } from './command.ts';

interface Options {
  readonly ci?: 'github' | 'gitlab' | 'none';
  readonly force?: boolean;
  readonly format?: 'text' | 'json';
}

export const init = command<Options>({
  name: 'init',
  summary: '.env.example and a CI workflow for this project; overwrites nothing',
  options: [
    {
      flags: '--ci <system>',
      says: 'which workflow (default: what the project uses, by its remote and files)',
      choices: ['github', 'gitlab', 'none'],
    },
    { flags: '--force', says: 'write files anew that are there already' },
  ],
  formats: ['json'],
  examples: ['npx assay init', 'npx assay init --ci gitlab'],
  async run({ options }, host) {
    const { runInit } = await import('../init/run-init.ts');
    return runInit({ ci: options.ci ?? null, force: options.force === true, format: options.format ?? 'text' }, host);
  },
});
