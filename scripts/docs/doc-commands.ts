import { load } from 'js-yaml';

/** A command that a document shows. */
export interface DocCommand {
  readonly file: string;
  /** Of the document, from 1. */
  readonly line: number;
  /** On one line, without its comment. */
  readonly text: string;
  /** What the document says in its place, where no test runs it; null: one does. */
  readonly notRun: string | null;
}

const NOT_RUN = /^not run by the tests: (.+)$/;

/** The commands in fences of `sh`, and behind `run:` and `script:` in fences of `yaml`. Pure. */
export function docCommands(markdown: string, file: string): DocCommand[] {
  const commands: DocCommand[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent = '', language] = /^( *)```(sh|yaml)$/.exec(lines[at] ?? '') ?? [];
    if (language === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && line.trimEnd() === `${indent}\`\`\``);
    if (end < 0) throw new Error(`${file}:${at + 1}: the fence has no end`);
    const inside = lines.slice(at + 1, end).map((line) => line.slice(indent.length));
    const found = language === 'sh' ? shellCommands(inside) : yamlCommands(inside.join('\n'));
    commands.push(...found.map(({ offset, ...rest }) => ({ file, line: at + 2 + offset, ...rest })));
    at = end;
  }
  return commands;
}

/** A "#" within quotes begins no comment. */
const COMMENTED = /^((?:"[^"]*"|'[^']*'|[^"'#]|(?<=\S)#)*?)(?:(?:^|\s+)#\s+(.*))?$/;

type Found = Pick<DocCommand, 'text' | 'notRun'> & { readonly offset: number };

function shellCommands(lines: readonly string[]): Found[] {
  const found: Found[] = [];
  let joined = '';
  for (const [offset, line] of lines.entries()) {
    const isOpen = line.endsWith('\\');
    joined += isOpen ? `${line.slice(0, -1).trim()} ` : line.trimStart();
    if (isOpen) continue;
    const [, text = '', comment = ''] = COMMENTED.exec(joined.trim()) ?? [];
    if (text !== '') found.push({ offset, text, notRun: NOT_RUN.exec(comment)?.[1] ?? null });
    joined = '';
  }
  return found;
}

function yamlCommands(text: string): Found[] {
  const found: Found[] = [];
  const take = (script: unknown) => {
    if (typeof script !== 'string') return;
    for (const line of script.split('\n'))
      if (line.trim() !== '') found.push({ offset: 0, text: line.trim(), notRun: null });
  };
  const walk = (node: unknown) => {
    if (Array.isArray(node)) for (const item of node) walk(item);
    else if (typeof node === 'object' && node !== null)
      for (const [name, value] of Object.entries(node)) {
        if (name === 'run') take(value);
        else if (name === 'script' && Array.isArray(value)) for (const line of value) take(line);
        else walk(value);
      }
  };
  walk(load(text));
  return found;
}

/**
 * The words of a simple command `[NAME=value…] npx assay …`; null for one that needs a shell (pipes, redirections,
 * substitutions, other programs). Pure.
 */
export function assayWords(text: string): { readonly env: Record<string, string>; readonly args: string[] } | null {
  const words = [...text.matchAll(/(?:"[^"$`]*"|'[^']*'|[^\s"'`$|&;<>()])+/g)].map(([word]) =>
    word.replace(/["']/g, ''),
  );
  const isSimple = /^(?:"[^"$`]*"|'[^']*'|[^"'`$|&;<>()])*$/.test(text);
  const at = words.findIndex((word) => !/^\w+=/.test(word));
  if (!isSimple || words[at] !== 'npx' || words[at + 1] !== 'assay') return null;
  const env = words.slice(0, at).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]);
  return { env: Object.fromEntries(env) as Record<string, string>, args: words.slice(at + 2) };
}

/** Links of a document to places in the repository: the path, "" for the document itself, and the heading's anchor. Pure. */
export function docLinks(markdown: string): { readonly path: string; readonly anchor: string }[] {
  const prose = markdown.replace(/^( *)```[\s\S]*?^\1```$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/!?\[[^\]]*\]\(([^)\s]+)\)/g)]
    .map(([, to = '']) => to)
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => ({ path: to.split('#')[0] ?? '', anchor: to.split('#')[1] ?? '' }));
}

/** Anchors of a document's headings, as GitHub makes them. Pure. */
export function docAnchors(markdown: string): string[] {
  return [...markdown.replace(/^( *)```[\s\S]*?^\1```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
