import type { Workbench } from './bench.ts';
import { type Case, type CaseRequest, type HeaderText, type KeyForm, keyInForm } from './case.ts';
import { randomToken } from './random.ts';

/** Longer than any real key, shorter than the header limits of common servers (8 KB), so that it reaches the API. */
const LONG_TOKEN = 4000;

/** Who may come in: every way not to present the right key, and the few ways that documents leave open. */
export function authCases(bench: Workbench): Case[] {
  if (bench.contract.operation.auth.scheme !== 'bearer') return [];
  const { roles, random, options } = bench;
  const { full } = bench.base;
  const text = JSON.stringify(full);
  const content: (readonly [string, HeaderText])[] = bench.hasBody ? [['Content-Type', 'application/json']] : [];
  const cases: Case[] = [];
  const source = bench.source(
    `operation.json#/responses/${roles.unauthorized[0] ?? 401}`,
    `responses.${roles.unauthorized[0] ?? 401}`,
  );
  const request = (credentials: readonly HeaderText[], more: Partial<CaseRequest> = {}): CaseRequest =>
    bench.request(text, {
      headers: [...credentials.map((value) => ['Authorization', value] as const), ...content],
      document: full,
      ...more,
    });

  const refused = (
    id: string,
    words: string,
    credentials: readonly HeaderText[],
    more: Partial<CaseRequest> = {},
    isSmoke = false,
  ) =>
    cases.push({
      id: `auth.${id}`,
      title: `refuses ${words}`,
      group: 'auth',
      tags: isSmoke ? ['@auth', '@negative', '@smoke'] : ['@auth', '@negative'],
      rule: { name: 'only the right key is let in', source },
      requests: [request(credentials, more)],
      expectation: bench.rejectedAs(roles.unauthorized, null),
      isAuthorized: false,
      breaks: null,
    });
  const bearer = (form: KeyForm): HeaderText => ({ before: 'Bearer ', form });
  const whole = (before: string): HeaderText => ({ before, form: 'whole' });
  const wrong = randomToken(random, Math.max(8, Math.min(64, options.apiKey.length)));

  refused('none', 'a request without credentials', [], {}, true);
  refused('empty', 'an empty Authorization header', ['']);
  refused('scheme-alone', '"Bearer" without a token', ['Bearer']);
  refused('scheme-and-space', '"Bearer " without a token', ['Bearer ']);
  refused('null', '"Bearer null"', ['Bearer null']);
  refused('undefined', '"Bearer undefined"', ['Bearer undefined']);
  refused('wrong', 'a wrong token', [`Bearer ${wrong}`], {}, true);
  refused('no-scheme', 'the right token without a scheme', [whole('')]);
  refused('other-scheme', 'the right token under another scheme', [whole('Token ')]);
  refused('basic', 'the scheme Basic', ['Basic YXNzYXk6YXNzYXk=']);
  refused('basic-bare', 'the right token after "Basic"', [whole('Basic ')]);
  refused('basic-user', 'the right token as the user of Basic', [{ before: 'Basic ', form: 'basic-user' }]);
  refused('basic-password', 'the right token as the password of Basic', [{ before: 'Basic ', form: 'basic-password' }]);
  refused('long', `a token of ${LONG_TOKEN.toLocaleString('en')} characters`, [
    `Bearer ${randomToken(random, LONG_TOKEN)}`,
  ]);
  const near: [string, KeyForm, string][] = [
    ['prefix', 'without-last', 'the key without its last character'],
    ['suffix', 'without-first', 'the key without its first character'],
    ['one-more', 'one-more', 'the key and one character more'],
    ['same-length', 'last-changed', 'a key that differs in its last character'],
    ['other-case', 'other-case', 'the key in other case'],
  ];
  for (const [id, form, words] of near)
    if (keyInForm(options.apiKey, form) !== null) refused(id, words, [bearer(form)]);
  refused('two-wrong', 'two wrong Authorization headers', [`Bearer ${wrong}`, `Bearer ${wrong}0`]);
  for (const name of ['access_token', 'token', 'api_key'])
    refused(`query.${name}`, `the token in the query (${name})`, [], {
      query: { name, value: { before: '', form: 'whole' } },
    });

  const odd = (
    id: string,
    words: string,
    assumption: 'lower-case-scheme' | 'several-credentials' | 'wrong-credentials-first',
    credentials: readonly HeaderText[],
  ) =>
    cases.push({
      id: `auth.${id}`,
      title: `answers ${words} as documented`,
      group: 'auth',
      tags: ['@auth'],
      ...bench.assumed(
        assumption,
        assumption === 'lower-case-scheme' ? roles.unauthorized : [...roles.unauthorized, 400],
      ),
      requests: [request(credentials)],
      isAuthorized: false,
      breaks: null,
    });
  odd('lower-case-scheme', '"bearer" in lower case', 'lower-case-scheme', [whole('bearer ')]);
  odd('upper-case-scheme', '"BEARER" in upper case', 'lower-case-scheme', [whole('BEARER ')]);
  odd('right-then-wrong', 'a right and then a wrong Authorization header', 'several-credentials', [
    bearer('whole'),
    `Bearer ${wrong}`,
  ]);
  odd('wrong-then-right', 'a wrong and then a right Authorization header', 'wrong-credentials-first', [
    `Bearer ${wrong}`,
    bearer('whole'),
  ]);
  odd('right-twice', 'the right Authorization header twice', 'several-credentials', [bearer('whole'), bearer('whole')]);

  if (bench.hasBody)
    cases.push({
      id: 'precedence.authentication-validation',
      title: 'answers a wrong token with an invalid body as documented',
      group: 'precedence',
      tags: ['@auth'],
      rule: { name: 'precedence', source: 'not documented: authentication or validation first' },
      requests: [bench.request('{', { headers: [['Authorization', `Bearer ${wrong}`], ...content] })],
      expectation: { kind: 'observed', isForeign: false },
      isAuthorized: false,
      breaks: null,
    });
  return cases;
}
