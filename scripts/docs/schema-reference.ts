import type { JsonSchema } from '../../contracts/lib/operation.ts';

/** The published schemas as a document for people: a table of fields each. Pure. */
export function resultsReference(schemas: Readonly<Record<string, JsonSchema>>): string {
  const parts = Object.entries(schemas).map(([name, schema]) => {
    const { $id, description = '' } = schema as Node;
    const rows = fields(schema as Node, schema as Node, '', []);
    const table = ['| field | is | means |', '| --- | --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`)];
    return `## ${name}\n\n${description}\n\n\`npx assay schema ${name}\` prints the schema (\`${$id}\`).\n\n${table.join('\n')}\n`;
  });
  return `# Results, field by field\n\n${HEAD}\n\n${parts.join('\n')}`;
}

const HEAD = `Made of the published JSON Schemas; a test holds it to them. A reader ignores fields that it does not know, and
refuses a higher \`schemaVersion\`. \`[]\` stands for each item of a list, \`*\` for each name of a map; fields with a \`?\` may be left out.`;

type Node = { readonly [keyword: string]: unknown } & {
  readonly $id?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node | boolean;
  readonly additionalProperties?: Node | boolean;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly type?: string | readonly string[];
};

/** A row for each named field below `node`; a definition is unfolded at each place, but never within itself. */
function fields(root: Node, node: Node, path: string, within: readonly string[]): [string, string, string][] {
  const { node: here, names } = resolved(root, node, within);
  const rows = Object.entries(here.properties ?? {}).flatMap(([name, child]): [string, string, string][] => {
    const field = path === '' ? name : `${path}.${name}`;
    const target = resolved(root, child, names);
    const description = child.description ?? target.node.description ?? '';
    const isOptional = !(here.required ?? []).includes(name);
    return [
      [`\`${field}\`${isOptional ? '?' : ''}`, typeText(root, child, names), escaped(description)],
      ...(target.isRepeated ? [] : fields(root, child, field, names)),
    ];
  });
  const alternatives = [...(here.anyOf ?? []), ...(here.oneOf ?? [])];
  return [
    ...rows,
    ...alternatives.flatMap((one) => fields(root, one, path, names)),
    ...(typeof here.items === 'object' ? fields(root, here.items, `${path}[]`, names) : []),
    ...(typeof here.additionalProperties === 'object'
      ? fields(root, here.additionalProperties, path === '' ? '*' : `${path}.*`, names)
      : []),
  ];
}

function resolved(root: Node, node: Node, within: readonly string[]) {
  if (node.$ref === undefined) return { node, names: within, isRepeated: false };
  const target = node.$ref
    .split('/')
    .slice(1)
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], root);
  return { node: (target ?? {}) as Node, names: [...within, node.$ref], isRepeated: within.includes(node.$ref) };
}

function typeText(root: Node, node: Node, within: readonly string[]): string {
  const { node: here } = resolved(root, node, within);
  if (here.const !== undefined) return `\`${JSON.stringify(here.const)}\``;
  if (here.enum !== undefined) return here.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  const alternatives = [...(here.anyOf ?? []), ...(here.oneOf ?? [])];
  if (alternatives.length > 0) return [...new Set(alternatives.map((one) => typeText(root, one, within)))].join(' or ');
  const types = here.type === undefined ? [] : typeof here.type === 'string' ? [here.type] : here.type;
  return types
    .map((type) =>
      type === 'array' && typeof here.items === 'object'
        ? `list of ${typeText(root, here.items, within) || 'values'}`
        : type,
    )
    .join(' or ');
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
}
