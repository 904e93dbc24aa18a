import { command } from './command.ts';

interface Options {
  readonly create?: boolean;
  readonly format?: 'text' | 'json';
}

export const doctor = command<Options>({
  name: 'doctor',
  summary: 'what is installed, whether the target is ready, and what to do about what is not',
  options: [
    {
      flags: '--create',
      says: 'send one valid request, which creates something: only that proves that the ids exist (always on loopback)',
    },
  ],
  formats: ['json'],
  notes: `Without --create it sends two requests that create nothing: each lacks a
required field, and one has a key that no server knows.`,
  examples: ['npx assay doctor', 'npx assay doctor --create', 'npx assay doctor --format json'],
  async run({ options }, host) {
    const { runDoctor } = await import('../doctor/run-doctor.ts');
    return runDoctor({ mayCreate: options.create === true, format: options.format ?? 'text' }, host);
  },
});
