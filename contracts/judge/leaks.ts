import type { Answer } from './answer.ts';
import type { Violation } from './violation.ts';

/** How the stack traces of common platforms look. Narrow on purpose: prose about errors must not match. */
const STACK_TRACES: readonly (readonly [platform: string, pattern: RegExp])[] = [
  ['JavaScript', /\bat (?:[\w.<>[\] $]{1,80} )?\(?(?:file:\/\/|node:|\/|[A-Z]:\\+)[^\s")]*:\d+:\d+/],
  ['Python', /Traceback \(most recent call last\)|File \\?"[^"\\]+\\?", line \d+, in /],
  ['PHP', /#\d+ [^\s"]+\.php\(\d+\)|(?:PHP )?(?:Fatal|Parse) error:.{0,200} on line \d+|Stack trace:/],
  ['PHP', /\/[\w./-]+\.php(?::\d+| on line \d+)/],
  [
    'Java',
    /\bat (?:[a-z_][\w$]*\.)+[A-Z][\w$]*\.[\w$<>]+\((?:[\w$]+\.(?:java|kt|scala):\d+|Native Method|Unknown Source)\)/,
  ],
  ['.NET', /\bat (?:[A-Z][\w`]*\.)+[\w`<>]+\([^)]*\) in [^\s]+:line \d+/],
  ['Ruby', /\/[\w./-]+\.rb:\d+:in [`']/],
  ['Go', /goroutine \d+ \[running\]|\/[\w./-]+\.go:\d+ \+0x/],
  [
    'SQL',
    /SQLSTATE\[|You have an error in your SQL syntax|ORA-\d{5}:|(?:syntax error at or near|violates (?:unique|foreign key|not-null) constraint) \\?"/,
  ],
];

/** A credential shorter than this may come back by chance. */
const SHORTEST_CREDENTIAL = 8;

/**
 * Secrets and insides that an answer gives away: the key in any answer; in an error also the token that was sent and a
 * stack trace. `credentials` are the tokens of the request, right or wrong.
 */
export function leakViolations(
  answer: Answer,
  secrets: readonly string[],
  credentials: readonly string[],
): Violation[] {
  const text = [
    ...answer.headers.map(([name, value]) => `${name}: ${value}`),
    new TextDecoder().decode(answer.body),
  ].join('\n');
  const plain = text.replaceAll('\\/', '/');
  const violations: Violation[] = [];
  const add = (rule: string, expected: string, received: string, source: string) =>
    violations.push({ rule, pointer: null, expected, received, source });
  const includes = (needle: string) => plain.includes(needle) || plain.includes(encodeURIComponent(needle));
  if (secrets.some((secret) => secret.length >= 4 && includes(secret)))
    add('leak.key', 'no answer with the API key in it', 'the API key', 'OWASP API Security Top 10 2023, API3');
  else if (answer.status >= 400 && credentials.some((token) => token.length >= SHORTEST_CREDENTIAL && includes(token)))
    add('leak.token', 'an error without the token that was sent', 'the token', 'OWASP API Security Top 10 2023, API8');
  if (answer.status >= 400) {
    const trace = STACK_TRACES.find(([, pattern]) => pattern.test(plain));
    if (trace !== undefined) {
      const found = trace[1].exec(plain)?.[0] ?? '';
      add(
        'leak.stack-trace',
        'an error without insides of the server',
        `${trace[0]}: ${JSON.stringify(found.trim().slice(0, 100))}`,
        'OWASP API Security Top 10 2023, API8',
      );
    }
  }
  return violations;
}
