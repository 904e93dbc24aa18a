import { visible } from './shown-text.ts';

/** A line by which GitHub Actions marks a place in a file, or the step. */
export interface GithubAnnotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  /** Path from the root of the repository, with "/"; null: of the step. */
  readonly file?: string | null;
  /** From 1. */
  readonly line?: number | null;
}

/** The workflow command, with its end of line: nothing in it can start another command. */
export function githubCommand({ level, title, message, file, line }: GithubAnnotation): string {
  const place = file ? [`file=${property(file)}`, ...(line ? [`line=${line}`] : [])] : [];
  return `::${level} ${[...place, `title=${property(title)}`].join(',')}::${value(message)}\n`;
}

function value(text: string): string {
  return visible(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return value(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
