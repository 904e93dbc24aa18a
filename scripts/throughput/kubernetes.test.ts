import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { kubernetesObjects } from './kubernetes.ts';

/**
 * What the operator's published schema says of the fields that are used here: config/crd/bases/k6.io_testruns.yaml of
 * grafana/k6-operator at e2c9571. Closed, where an API server drops or refuses what it does not know.
 */
const environment = {
  type: 'array',
  items: {
    type: 'object',
    required: ['name'],
    additionalProperties: false,
    properties: {
      name: { type: 'string' },
      value: { type: 'string' },
      valueFrom: {
        type: 'object',
        additionalProperties: false,
        properties: {
          secretKeyRef: {
            type: 'object',
            required: ['key'],
            additionalProperties: false,
            properties: { key: { type: 'string' }, name: { type: 'string' }, optional: { type: 'boolean' } },
          },
        },
      },
    },
  },
};
const pod = {
  type: 'object',
  additionalProperties: false,
  properties: { env: environment, image: { type: 'string' } },
};
const testRun = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { const: 'k6.io/v1alpha1' },
    kind: { const: 'TestRun' },
    spec: {
      type: 'object',
      required: ['parallelism', 'script'],
      additionalProperties: false,
      properties: {
        parallelism: { type: 'integer' },
        script: {
          type: 'object',
          additionalProperties: false,
          properties: {
            configMap: {
              type: 'object',
              required: ['name'],
              additionalProperties: false,
              properties: { name: { type: 'string' }, file: { type: 'string' } },
            },
          },
        },
        initializer: pod,
        runner: pod,
      },
    },
  },
};

const load = { variables: { ASSAY_RATE: '50' }, needsKey: true, parallelism: 3, image: 'grafana/k6:1.2.3' };

test('the manifest keeps the schema of the operator, and only the runner gets the key, from a Secret', () => {
  const [config, run] = kubernetesObjects({ ...load, script: 'export default function () {}' });
  expect(config).toMatchObject({
    kind: 'ConfigMap',
    metadata: { name: 'assay-throughput' },
    data: { 'throughput.js': 'export default function () {}' },
  });
  const validate = new Ajv({ strictRequired: false }).compile(testRun);
  expect(validate(run), JSON.stringify(validate.errors)).toBe(true);
  expect(run).toMatchObject({
    spec: {
      parallelism: 3,
      script: { configMap: { name: 'assay-throughput', file: 'throughput.js' } },
      runner: {
        env: [
          { name: 'ASSAY_RATE', value: '50' },
          { name: 'ASSAY_API_KEY', valueFrom: { secretKeyRef: { name: 'assay-throughput', key: 'api-key' } } },
        ],
      },
    },
  });
  expect(JSON.stringify((run as { spec: { initializer: object } }).spec.initializer)).not.toContain('secretKeyRef');
});

test('an operation without a key needs no Secret', () => {
  expect(JSON.stringify(kubernetesObjects({ ...load, script: '', needsKey: false }))).not.toContain('API_KEY');
});

test('a script that no ConfigMap can hold is refused', () => {
  const large = () => kubernetesObjects({ ...load, script: 'é'.repeat(600_000) });
  expect(large).toThrow(expect.objectContaining({ name: 'UserError' }));
});
