import { describe, expect, it } from 'vitest';
import { type Member, parseDictionary, parseList } from './structured-fields.ts';

/** "name;parameter=value": a member as short text, to compare with. */
function short(member: Member): string {
  const parameters = [...member.parameters].map(([name, { kind, value }]) => `;${name}=${kind}:${value}`).join('');
  const head =
    member.kind === 'inner-list'
      ? `(${member.items.map(short).join(' ')})`
      : `${member.bare.kind}:${member.bare.value}`;
  return head + parameters;
}

describe('a structured list', () => {
  const readable: [string, string[]][] = [
    ['', []],
    ['   ', []],
    [
      '"burst";q=100;w=60,"daily";q=1000;w=86400',
      ['string:burst;q=integer:100;w=integer:60', 'string:daily;q=integer:1000;w=integer:86400'],
    ],
    ['"default";r=50;t=30', ['string:default;r=integer:50;t=integer:30']],
    ['"a" \t,\t "b"', ['string:a', 'string:b']],
    ['100;w=60', ['integer:100;w=integer:60']],
    ['"a"; q=1;  w=2', ['string:a;q=integer:1;w=integer:2']],
    ['"a";pk=:cHsdsRa894==:', ['string:a;pk=bytes:cHsdsRa894==']],
    ['"a";x', ['string:a;x=boolean:true']],
    ['"a\\"b\\\\"', ['string:a"b\\']],
    [
      'tok/en:1, ?0, -1.5, @1659578233, %"f%c3%bc"',
      ['token:tok/en:1', 'boolean:false', 'decimal:-1.5', 'date:1659578233', 'display-string:fü'],
    ],
    ['("a" "b";q=1);w=2, ()', ['(string:a string:b;q=integer:1);w=integer:2', '()']],
    ['"a";q=1;q=2', ['string:a;q=integer:2']],
    ['999999999999999', ['integer:999999999999999']],
  ];
  it.each(readable)('reads %j', (text, expected) => {
    expect(parseList(text)?.map(short)).toEqual(expected);
  });

  const unreadable = [
    '"a",',
    ',"a"',
    '"a" "b"',
    '"open',
    '"a";Q=1',
    '"a";q=',
    '"tab\t"',
    '1234567890123456',
    '1.',
    '1.2345',
    '1234567890123.1',
    '-',
    '--1',
    '"ü"',
    '?2',
    '@1.5',
    '(1 2',
    '(1,2)',
    ':a b:',
    '%"f%C3"',
    '%"f%c3"',
    '"a"\t',
    '\t"a"',
    '"a";',
    '"a" ;q=1',
    '{}',
  ];
  it.each(unreadable)('refuses %j', (text) => {
    expect(parseList(text)).toBeNull();
  });
});

describe('a structured dictionary', () => {
  it('reads keys with values, without, and twice', () => {
    const read = parseDictionary('limit=100, remaining=50;x, reset=30, flag, limit=120');
    expect([...(read ?? [])].map(([name, member]) => `${name}=${short(member)}`)).toEqual([
      'limit=integer:120',
      'remaining=integer:50;x=boolean:true',
      'reset=integer:30',
      'flag=boolean:true',
    ]);
  });
  it.each(['Limit=1', '=1', 'a=1,', '"a"=1', 'a b'])('refuses %j', (text) => {
    expect(parseDictionary(text)).toBeNull();
  });
});
