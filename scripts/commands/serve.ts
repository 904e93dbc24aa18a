import { limitText, port } from '../lib/option-values.ts';
import { command } from './command.ts';

interface Options {
  readonly port?: number;
  readonly limit?: string;
  readonly format?: 'text' | 'json';
}

export const serve = command<Options>({
  name: 'serve',
  summary: 'the reference API on its own; its base URL is the first line it prints',
  options: [
    { flags: '--port <n>', says: 'port to listen on (default: any free one)', value: port('--port') },
    {
      flags: '--limit <limit>',
      says: 'rate limit, such as 120/60s, sliding-log:20/5s, bucket:20@5/s, or none',
      value: (text) => (text === 'none' ? text : limitText('--limit')(text)),
    },
  ],
  formats: ['json'],
  isOutputData: true,
  examples: ['npx assay serve --port 8080 --limit 120/60s', 'ASSAY_API_KEY=local npx assay serve --limit none'],
  async run({ options }, host) {
    const { runServe } = await import('../reference-api/run-serve.ts');
    return runServe({ port: options.port ?? 0, limit: options.limit ?? null, format: options.format ?? 'text' }, host);
  },
});
