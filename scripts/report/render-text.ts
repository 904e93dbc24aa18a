import type { Answer, ReportModel, Tone } from './model.ts';
import { counted } from './numbers.ts';
import { shownLine } from './shown-text.ts';

/**
 * What a run says at its end: one screen of at most `COLUMNS` columns. Marks differ in shape, so that nothing is told
 * by colour alone; colour is the caller's choice (a terminal, and no NO_COLOR).
 */
export function renderText(model: ReportModel, options: { readonly color: boolean }): string {
  const paint = (tone: Tone, text: string) => (options.color ? `\u001b[${COLOR[tone]}m${text}\u001b[0m` : text);
  const target = model.environments[0]?.environment;
  const where = target ? ` on ${target.target}${target.embedded ? ' (embedded)' : ''}` : '';
  const lines = [shownLine(`${model.operation ?? model.name}${where}`, COLUMNS - 1), ''];
  const linesOfAnswer = Math.floor(MAX_LINES / model.answers.length);
  for (const answer of model.answers) {
    const head = `  ${paint(answer.tone, `${MARK[answer.tone]} ${answer.part.padEnd(11)} ${answer.word.padEnd(10)}`)} `;
    const [first = '', ...rest] = wrapped(answerText(answer), COLUMNS - INDENT, linesOfAnswer);
    lines.push(`${head}${first}`.trimEnd(), ...rest.map((line) => `${' '.repeat(INDENT)}${line}`));
  }
  if (model.ledger !== null && model.ledger.created > 0)
    lines.push('', `  ${counted(model.ledger.created, 'thing')} created on the server; created.jsonl lists them`);
  return `${lines.join('\n')}\n`;
}

const COLUMNS = 80;
/** Two spaces, mark, part, word: where the texts begin. */
const INDENT = 27;
/** Lines of all answers together. */
const MAX_LINES = 16;

const MARK: Readonly<Record<Tone, string>> = { good: '✓', bad: '✗', open: '?', none: '–' };
const COLOR: Readonly<Record<Tone, number>> = { good: 32, bad: 31, open: 33, none: 90 };

function answerText(answer: Answer): string {
  const figure = answer.figure === '–' ? '' : `${answer.figure} ${answer.unit}. `;
  return `${figure}${answer.sentences.map((sentence) => shownLine(sentence, 200)).join(' ')}`;
}

/** Lines of at most `width` characters; a longer word is cut; after `most` lines an ellipsis stands. */
function wrapped(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    const fitting = word.length > width ? `${word.slice(0, width - 1)}…` : word;
    if (last !== undefined && last.length + 1 + fitting.length <= width) lines[lines.length - 1] = `${last} ${fitting}`;
    else lines.push(fitting);
  }
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${(lines[most - 1] ?? '').slice(0, width - 1)}…`];
}
