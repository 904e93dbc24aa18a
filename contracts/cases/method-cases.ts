import type { Workbench } from './bench.ts';
import type { Case, HeaderText } from './case.ts';

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Other methods on the path, and a path that nobody documents. They may be operations of another contract, so success
 * is no finding. Off loopback, methods that change something are sent without the key: nobody knows what they would do.
 */
export function methodCases(bench: Workbench): Case[] {
  const { operation } = bench.contract;
  const json: (readonly [string, HeaderText])[] = bench.hasBody ? [['Content-Type', 'application/json']] : [];
  const cases: Case[] = [];
  const add = (
    id: string,
    title: string,
    assumption: 'other-methods' | 'unknown-path',
    request: Case['requests'][number],
    isAuthorized: boolean,
  ) => {
    const assumed = bench.assumed(assumption, [404, 405]);
    cases.push({
      id,
      title,
      group: 'method',
      tags: ['@negative'],
      ...assumed,
      expectation:
        assumed.expectation.kind === 'observed' ? { kind: 'observed', isForeign: true } : assumed.expectation,
      requests: [request],
      isAuthorized,
      breaks: null,
    });
  };
  for (const method of METHODS) {
    if (method === operation.method) continue;
    const isHarmless = SAFE.includes(method) || bench.options.isLoopback;
    add(
      `method.${method.toLowerCase()}`,
      `answers ${method} ${operation.path} without a failure of its own${isHarmless ? '' : ' (sent without the key)'}`,
      'other-methods',
      { method, path: bench.path, query: null, headers: isHarmless ? bench.headers : [], body: null },
      isHarmless,
    );
  }
  add(
    'method.unknown-path',
    'answers an unknown path without a failure of its own',
    'unknown-path',
    bench.request(JSON.stringify(bench.base.full), {
      path: `${bench.path.replace(/\/$/, '')}-assay-unknown`,
      headers: [...bench.headers, ...json],
    }),
    true,
  );
  return cases;
}
