import { expect, test } from 'vitest';
import { k6Environment } from './environment.ts';

test('K6_ variables that would change the test are left out and named; those that reach the network stay', () => {
  const inherited = {
    HOME: '/home/me',
    K6_PATH: '/opt/k6',
    K6_DURATION: '1h',
    K6_HTTP_DEBUG: 'full',
    K6_HOSTS: '{"localhost":"192.0.2.1"}',
    K6_INSECURE_SKIP_TLS_VERIFY: 'true',
    HTTPS_PROXY: 'http://proxy:3128',
    no_proxy: 'intern',
    ASSAY_API_KEY: 'inherited',
    UNSET: undefined,
  };
  const { env, leftOut } = k6Environment(inherited, { ASSAY_API_KEY: 'own', K6_OUT: 'json=a' });
  expect(env).toEqual({
    HOME: '/home/me',
    HTTPS_PROXY: 'http://proxy:3128',
    no_proxy: 'intern',
    ASSAY_API_KEY: 'own',
    K6_OUT: 'json=a',
    K6_NO_USAGE_REPORT: 'true',
    K6_AUTO_EXTENSION_RESOLUTION: 'false',
  });
  expect(leftOut).toEqual(['K6_DURATION', 'K6_HOSTS', 'K6_HTTP_DEBUG', 'K6_INSECURE_SKIP_TLS_VERIFY']);
});

test('the usage report and the extension resolution stay off when the caller had switched them on', () => {
  const { env, leftOut } = k6Environment({ K6_NO_USAGE_REPORT: 'false', K6_AUTO_EXTENSION_RESOLUTION: 'true' }, {});
  expect(env).toEqual({ K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' });
  expect(leftOut).toEqual([]);
});

test('what other outputs of k6 are set to stays; the one that is passed on by us is neither passed nor named', () => {
  const inherited = { K6_INFLUXDB_USERNAME: 'a', K6_OTEL_METRIC_PREFIX: 'b', K6_PROMETHEUS_RW_SERVER_URL: 'http://c' };
  const { env, leftOut } = k6Environment(inherited, {});
  expect(env).toMatchObject({ K6_INFLUXDB_USERNAME: 'a', K6_OTEL_METRIC_PREFIX: 'b' });
  expect(env).not.toHaveProperty('K6_PROMETHEUS_RW_SERVER_URL');
  expect(leftOut).toEqual([]);
});
