import { expect, test } from 'vitest';
import { badRun, diffRun, goodRun, HOSTILE, hostileRun, sampleContract } from '../results/sample-results.fixture.ts';
import { reportModel } from './model.ts';
import { renderJunit } from './render-junit.ts';

interface Element {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Element[];
  text: string;
}

/** Reads XML as strictly as this test needs: balanced tags, quoted attributes, known entities, legal characters. Throws on anything else. */
function parseXml(xml: string): Element {
  if (/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]|\p{Surrogate}/u.test(xml.replaceAll(/[\u007f-\u009f]/g, '')))
    throw new Error('a character that XML does not allow');
  const decode = (text: string) =>
    text.replace(/&([^;]*);?/g, (entity, name: string) => {
      const known: Record<string, string> = {
        amp: '&',
        lt: '<',
        gt: '>',
        quot: '"',
        apos: "'",
        '#10': '\n',
        '#9': '\t',
      };
      const character = known[name];
      if (character === undefined) throw new Error(`entity ${entity}`);
      return character;
    });
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  const token = /<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/gy;
  let end = 0;
  for (let found = token.exec(body); found; found = token.exec(body)) {
    end = token.lastIndex;
    const [, closing, name, attributes = '', empty, text] = found;
    const parent = open.at(-1);
    if (!parent) throw new Error('nothing is open');
    if (text !== undefined) parent.text += decode(text);
    else if (closing === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
    } else {
      const element: Element = { name: name ?? '', attributes: {}, children: [], text: '' };
      for (const [, key = '', value = ''] of attributes.matchAll(/ ([a-z]+)="([^"]*)"/g))
        element.attributes[key] = decode(value);
      parent.children.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  if (end !== body.length) throw new Error(`not well-formed at ${body.slice(end, end + 80)}`);
  if (open.length !== 1) throw new Error('something stays open');
  const [top] = root.children;
  if (!top) throw new Error('empty');
  return top;
}

test('junit.xml of a bad run', async () => {
  await expect(renderJunit(reportModel(badRun(), null))).toMatchFileSnapshot('golden/bad.junit.xml');
});

for (const [name, run] of Object.entries({ good: goodRun(), bad: badRun(), diff: diffRun(), hostile: hostileRun() })) {
  test(`junit.xml of a ${name} run has one test case a check, and totals that add up`, () => {
    const model = reportModel(run, null);
    const top = parseXml(renderJunit(model));
    const cases = top.children.flatMap((suite) => suite.children);
    expect(cases).toHaveLength(model.checks.length);
    expect(new Set(cases.map((one) => one.attributes['name'])).size).toBe(cases.length);
    const marked = (kind: string) => cases.filter((one) => one.children.some((child) => child.name === kind)).length;
    expect(top.attributes).toMatchObject({
      tests: String(cases.length),
      failures: String(marked('failure')),
      errors: String(marked('error')),
      skipped: String(marked('skipped')),
    });
    for (const suite of top.children) expect(suite.attributes['tests']).toBe(String(suite.children.length));
  });
}

test('junit.xml of a good run has no failure, error or skipped check', () => {
  const top = parseXml(renderJunit(reportModel(goodRun(), null)));
  expect(top.attributes).toMatchObject({ failures: '0', errors: '0', skipped: '0' });
});

test('a break of the new version fails with its witness; one that was agreed to is skipped', () => {
  const top = parseXml(renderJunit(reportModel(diffRun(), null)));
  const suite = top.children.find((one) => one.attributes['name'] === 'diff');
  expect(suite?.attributes).toMatchObject({ tests: '5', failures: '1', errors: '0', skipped: '1' });
  const [failure] = suite?.children[0]?.children ?? [];
  expect(failure?.attributes['message']).toContain('{"customer":1} is valid before, refused now');
  expect(failure?.text).toContain('in: contracts/create-chat/request.schema.json:6');
});

test('what is undecided is an error, what is excused is skipped', () => {
  const good = goodRun();
  const cases = (good.contract?.cases ?? []).map((one, index) =>
    index === 0 ? { ...one, outcome: 'broken' as const, baseline: { reason: 'known', expires: '2027-01-01' } } : one,
  );
  const contract = { ...sampleContract(cases), verdict: 'undecided' as const, reason: 'too few' };
  const text = renderJunit(reportModel({ ...good, contract }, null));
  expect(text).toContain('<skipped message="excused until 2027-01-01: known"/>');
  expect(text).toContain('<error message="too few" type="undecided">');
});

test("a server's words come back from junit.xml as they were, but for what XML cannot hold", () => {
  const top = parseXml(renderJunit(reportModel(hostileRun(), null)));
  const failures = top.children.flatMap((suite) => suite.children).flatMap((one) => one.children);
  expect(failures.map((one) => one.attributes['message'])).toEqual(
    expect.arrayContaining(HOSTILE.slice(0, 5).map((text) => expect.stringContaining(text))),
  );
  expect(
    failures.some((one) => one.text.includes('received: mmm') && one.text.includes('(1048586 characters in all)')),
  ).toBe(true);
});
