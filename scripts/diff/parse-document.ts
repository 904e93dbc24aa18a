import { UserError } from '../../contracts/lib/user-error.ts';

/** Parses the text of a JSON or YAML file, by its name. Throws a UserError with the file and the place. */
export async function parseDocument(text: string, file: string): Promise<unknown> {
  const isYaml = /\.ya?ml$/i.test(file);
  try {
    if (!isYaml) return JSON.parse(text.replace(/^\uFEFF/, ''));
    const { load } = await import('js-yaml');
    return load(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UserError(`${file} cannot be read`, {
      why: `it is no ${isYaml ? 'YAML' : 'JSON'}: ${why}`,
      fix: 'correct the file at the place named',
    });
  }
}
