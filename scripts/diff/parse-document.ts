import { UserError } from '../../contracts/lib/user-error.ts';

/** The largest documents of public APIs have some hundred thousand. */
const MOST_VALUES = 5_000_000;

/** Parses the text of a JSON or YAML file, by its name. Throws a UserError with the file and the place. */
export async function parseDocument(text: string, file: string): Promise<unknown> {
  const isYaml = /\.ya?ml$/i.test(file);
  try {
    if (!isYaml) return JSON.parse(text.replace(/^\uFEFF/, ''));
    const { load } = await import('js-yaml');
    const document = load(text);
    if (valueCount(document, new Map()) > MOST_VALUES)
      throw new Error(`its aliases stand for more than ${MOST_VALUES.toLocaleString('en')} values, or for themselves`);
    return document;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UserError(`${file} cannot be read`, {
      why: `it is no ${isYaml ? 'YAML' : 'JSON'}: ${why}`,
      fix: 'correct the file at the place named',
    });
  }
}

/** How many values a document is with each alias written out; infinite where one holds itself. */
function valueCount(value: unknown, known: Map<object, number>): number {
  if (typeof value !== 'object' || value === null) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  known.set(value, Number.POSITIVE_INFINITY);
  let count = 1;
  for (const child of Object.values(value)) count += valueCount(child, known);
  known.set(value, count);
  return count;
}
