import { expect, test } from 'vitest';
import { createAjv } from '../../contracts/lib/validator.ts';
import { contractChange, hostileRun, sampleDiff } from '../results/sample-results.fixture.ts';
import { diffModel } from './diff-model.ts';
import { renderSarif } from './render-sarif.ts';

/** What SARIF 2.1.0 (sections 3.13, 3.14, 3.19, 3.27, 3.49) and code hosts demand of the parts that are written. */
const text = { type: 'object', required: ['text'], properties: { text: { type: 'string', minLength: 1 } } };
const sarif = {
  type: 'object',
  required: ['version', 'runs', '$schema'],
  properties: {
    version: { const: '2.1.0' },
    runs: {
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: {
        type: 'object',
        required: ['tool', 'results'],
        properties: {
          tool: {
            type: 'object',
            required: ['driver'],
            properties: {
              driver: {
                type: 'object',
                required: ['name', 'rules'],
                properties: {
                  rules: {
                    type: 'array',
                    uniqueItems: true,
                    items: {
                      type: 'object',
                      required: ['id', 'shortDescription'],
                      properties: { shortDescription: text },
                    },
                  },
                },
              },
            },
          },
          columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
          results: {
            type: 'array',
            items: {
              type: 'object',
              required: ['ruleId', 'ruleIndex', 'level', 'message', 'locations', 'partialFingerprints'],
              properties: {
                level: { enum: ['none', 'note', 'warning', 'error'] },
                message: text,
                locations: {
                  type: 'array',
                  minItems: 1,
                  items: {
                    type: 'object',
                    required: ['physicalLocation'],
                    properties: {
                      physicalLocation: {
                        type: 'object',
                        required: ['artifactLocation'],
                        properties: {
                          artifactLocation: {
                            type: 'object',
                            required: ['uri'],
                            properties: { uri: { type: 'string', format: 'uri-reference', minLength: 1 } },
                          },
                          region: {
                            type: 'object',
                            required: ['startLine'],
                            properties: { startLine: { type: 'integer', minimum: 1 } },
                          },
                        },
                      },
                    },
                  },
                },
                suppressions: {
                  type: 'array',
                  items: {
                    type: 'object',
                    required: ['kind'],
                    properties: { kind: { enum: ['inSource', 'external'] } },
                  },
                },
                partialFingerprints: { type: 'object', additionalProperties: { type: 'string' } },
              },
            },
          },
        },
      },
    },
  },
};
const isSarif = createAjv({ 'sarif.json': sarif }).getSchema('sarif.json');

interface Log {
  runs: [
    {
      tool: { driver: { rules: { id: string }[] } };
      results: {
        ruleId: string;
        ruleIndex: number;
        level: string;
        message: { text: string };
        locations: unknown[];
        partialFingerprints: Record<string, string>;
        suppressions?: unknown[];
      }[];
    },
  ];
}

function logOf(diff: Parameters<typeof diffModel>[0]): Log['runs'][0] {
  const log: unknown = JSON.parse(renderSarif(diffModel(diff), '1.2.3'));
  isSarif?.(log);
  expect(isSarif?.errors ?? []).toEqual([]);
  return (log as Log).runs[0];
}

test('diff.sarif has a result a change, at its place in the new version, with the body that breaks', () => {
  const { results, tool } = logOf(sampleDiff());
  expect(results.map(({ level }) => level)).toEqual(['error', 'error', 'warning', 'note', 'note']);
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  expect(results[0]).toMatchObject({
    ruleId: 'request-required-added',
    message: { text: expect.stringContaining('{"customer":1} is valid before, refused now') },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'contracts/create-chat/request.schema.json' },
          region: { startLine: 6 },
        },
      },
    ],
  });
  expect(results[1]?.suppressions).toMatchObject([{ kind: 'external', status: 'accepted' }]);
  expect(results[0]?.suppressions).toBeUndefined();
});

test('hostile words leave it SARIF, and every change keeps a fingerprint of its own', () => {
  const twice = contractChange({ rule: 'response-enum-value-added', level: 'breaking' });
  for (const diff of [hostileRun().diff ?? sampleDiff(), sampleDiff([twice, twice]), sampleDiff([])]) {
    const prints = logOf(diff).results.map((one) => one.partialFingerprints['change/v1']);
    expect(new Set(prints).size).toBe(diff.changes.length);
  }
});
