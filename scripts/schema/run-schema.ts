import { ExitCode } from '../../contracts/lib/user-error.ts';
import type { Host } from '../lib/host.ts';
import { PUBLISHED_SCHEMAS } from '../results/published-schemas.ts';

/** `assay schema [NAME]`: a published JSON Schema; without a name all of them, a line each. */
export async function runSchema(
  name: string | null,
  options: { readonly format: 'text' | 'json' },
  host: Host,
): Promise<ExitCode> {
  if (name !== null) {
    host.out(`${JSON.stringify(PUBLISHED_SCHEMAS[name], null, 2)}\n`);
    return ExitCode.Ok;
  }
  const list = Object.entries(PUBLISHED_SCHEMAS).map(([schema, text]) => {
    const { $id, description } = text as { $id: string; description: string };
    return { name: schema, id: $id, description };
  });
  const width = Math.max(...list.map((one) => one.name.length));
  host.out(
    options.format === 'json'
      ? `${JSON.stringify(list, null, 1)}\n`
      : list.map((one) => `${one.name.padEnd(width)}  ${one.id}\n${' '.repeat(width)}  ${one.description}\n`).join(''),
  );
  return ExitCode.Ok;
}
