import { UserError } from '../../contracts/lib/user-error.ts';

/** What a curl command sends; of its credentials only that there are some. Pure. */
export interface CurlRequest {
  readonly method: string;
  readonly url: string;
  readonly hasBearer: boolean;
  readonly body: string | null;
  /** Names of headers that were in it and that assay does not send, "Cookie" for its cookies. */
  readonly otherHeaders: readonly string[];
}

/** Options of curl that take a value and say nothing of the contract. */
const WITH_VALUE = new Set(
  '-A --user-agent -c --cookie-jar -e --referer -o --output -m --max-time --connect-timeout -w --write-out -x --proxy --cacert --cert -E --key --resolve --retry --retry-delay --ciphers --interface --limit-rate'.split(
    ' ',
  ),
);
/** Single letters that take a value: what follows in the same word is it. */
const LETTERS_WITH_VALUE = 'XHdFuAbceomwxET';
/** Headers that a request of assay has anyway, or that are of the connection. */
const USUAL_HEADERS = new Set(
  'accept accept-encoding accept-language connection content-length content-type dnt host origin pragma cache-control priority referer te user-agent'.split(
    ' ',
  ),
);
/** Where the shell ends a command. */
const SHELL_OPERATOR = /^(?:[;|&]+|\d?>{1,2}(?:&\d)?.*)$/;
const BODY = new Set(['-d', '--data', '--data-raw', '--data-binary', '--data-ascii', '--json']);

/** Reads the text of one curl command, as a terminal or a browser writes it. Throws UserError. */
export function parseCurl(text: string): CurlRequest {
  const all = shellWords(text.replace(/^\s*[$%#>]\s+(?=curl\b)/, ''));
  const end = all.findIndex((word) => SHELL_OPERATOR.test(word));
  const words = (end < 0 ? all : all.slice(0, end)).flatMap(split);
  if (words[0] !== 'curl')
    throw wrong('it does not begin with "curl"', 'save the whole command, such as `curl -X POST https://… -d @-`');
  let method: string | null = null;
  const urls: string[] = [];
  let hasBearer = false;
  const bodies: string[] = [];
  const otherHeaders = new Set<string>();
  for (let at = 1; at < words.length; at += 1) {
    const [word = '', joined] = optionOf(words[at] ?? '');
    const value = (): string => {
      if (joined !== undefined) return joined;
      at += 1;
      return words[at] ?? '';
    };
    if (word === '-X' || word === '--request') method = value().toUpperCase();
    else if (word === '-H' || word === '--header') {
      const header = value();
      const name = header.split(/[:;]/)[0]?.trim() ?? '';
      if (/^authorization\s*:\s*bearer\b/i.test(header)) hasBearer = true;
      else if (!USUAL_HEADERS.has(name.toLowerCase()) && !/^sec-/i.test(name)) otherHeaders.add(name);
    } else if (word === '-b' || word === '--cookie') {
      value();
      otherHeaders.add('Cookie');
    } else if (BODY.has(word)) bodies.push(value());
    else if (word === '--url') urls.push(value());
    else if (word === '-I' || word === '--head') method ??= 'HEAD';
    else if (word === '-G' || word === '--get')
      throw wrong('it sends its data in the query (-G)', 'import an operation with a JSON body or none');
    else if (word === '-F' || word === '--form' || word === '--form-string' || word === '--data-urlencode')
      throw wrong(`it sends a form (${word})`, 'import an operation with a JSON body');
    else if (word === '-T' || word === '--upload-file')
      throw wrong(`it sends a file (${word})`, 'put the JSON itself into the command');
    else if (word === '-u' || word === '--user')
      throw wrong('it uses Basic authentication (-u)', 'only "Authorization: Bearer" is supported');
    else if (WITH_VALUE.has(word)) value();
    else if (!word.startsWith('-')) urls.push(word);
  }
  const [url] = urls;
  if (url === undefined) throw wrong('it names no URL', 'save the whole command');
  if (urls.length > 1) throw wrong(`it names ${urls.length} URLs`, 'save a command for one request');
  const body = bodies.length === 0 ? null : bodies.join('&');
  if (body?.startsWith('@') === true)
    throw wrong(`its body is in the file ${body.slice(1)}`, 'put the JSON itself into the command');
  return {
    method: method ?? (body === null ? 'GET' : 'POST'),
    url,
    hasBearer,
    body,
    otherHeaders: [...otherHeaders],
  };
}

/** "-sSd{}" is "-s", "-S" and "-d" with its value. */
function split(word: string): string[] {
  if (!/^-[A-Za-z].+/s.test(word)) return [word];
  const flags: string[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at] ?? '';
    const rest = word.slice(at + 1);
    if (LETTERS_WITH_VALUE.includes(letter)) return [...flags, `-${letter}`, ...(rest === '' ? [] : [rest])];
    flags.push(`-${letter}`);
  }
  return flags;
}

/** A long option with the value that is joined to it: "--request=POST". */
function optionOf(word: string): [option: string, joined?: string] {
  const long = /^(--[a-z-]+)=(.*)$/s.exec(word);
  return long ? [long[1] ?? '', long[2] ?? ''] : [word];
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' };

/** Words of a shell command: quotes of all three kinds, continued lines; expansions are left as they are. */
function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  const add = (part: string) => {
    word = (word ?? '') + part;
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === '\\') {
      at += 1;
      const next = text.startsWith('\r\n', at) ? '\r\n' : (text[at] ?? '');
      if (next === '\r\n') at += 1;
      else if (next !== '\n') add(next);
    } else if (char === "'" || (char === '$' && text[at + 1] === "'")) {
      const isAnsi = char === '$';
      at += isAnsi ? 2 : 1;
      add('');
      for (; at < text.length && text[at] !== "'"; at += 1) {
        if (isAnsi && text[at] === '\\') {
          at += 1;
          const code = /^u([0-9a-fA-F]{4})/.exec(text.slice(at, at + 5));
          if (code) {
            add(String.fromCharCode(Number.parseInt(code[1] ?? '', 16)));
            at += 4;
          } else add(ESCAPES[text[at] ?? ''] ?? `\\${text[at] ?? ''}`);
        } else add(text[at] ?? '');
      }
      if (at >= text.length) throw wrong("a quote (') does not end", 'save the whole command');
    } else if (char === '"') {
      add('');
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
        if (text[at] === '\\' && /["\\$`\n]/.test(text[at + 1] ?? '')) {
          at += 1;
          if (text[at] !== '\n') add(text[at] ?? '');
        } else add(text[at] ?? '');
      }
      if (at >= text.length) throw wrong('a quote (") does not end', 'save the whole command');
    } else add(char);
  }
  if (word !== null) words.push(word);
  return words;
}

function wrong(why: string, fix: string): UserError {
  return new UserError('the curl command cannot be imported', { why, fix });
}
