import { expect, test } from 'vitest';
import { testRunProblems } from './k6-operator.fixture.ts';
import { kubernetesObjects } from './kubernetes.ts';

const load = { variables: { ASSAY_RATE: '50' }, needsKey: true, parallelism: 3, image: 'grafana/k6:1.2.3' };

test('the manifest keeps the schema of the operator, and only the runner gets the key, from a Secret', () => {
  const [config, run] = kubernetesObjects({ ...load, script: 'export default function () {}' });
  expect(config).toMatchObject({
    kind: 'ConfigMap',
    metadata: { name: 'assay-throughput' },
    data: { 'throughput.js': 'export default function () {}' },
  });
  expect(testRunProblems(run)).toEqual([]);
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

test('what the operator does not know, or cannot read, does not pass for a manifest', () => {
  const [, run] = kubernetesObjects({ ...load, script: '' }) as [unknown, { spec: object }];
  const { spec } = run;
  expect(testRunProblems({ ...run, spec: { ...spec, parallelism: '3' } })).toEqual([
    '/spec/parallelism type {"type":"integer"}',
  ]);
  expect(testRunProblems({ ...run, spec: { ...spec, runners: {} } })[0]).toContain('additionalProperties');
  expect(testRunProblems({ ...run, spec: { ...spec, runner: { env: [{ value: 'x' }] } } })[0]).toContain('required');
});

test('an operation without a key needs no Secret', () => {
  expect(JSON.stringify(kubernetesObjects({ ...load, script: '', needsKey: false }))).not.toContain('API_KEY');
});

test('a script that no ConfigMap can hold is refused', () => {
  const large = () => kubernetesObjects({ ...load, script: 'é'.repeat(600_000) });
  expect(large).toThrow(expect.objectContaining({ name: 'UserError' }));
});
