import { UserError } from '../../contracts/lib/user-error.ts';

/**
 * A load as objects of Kubernetes: a ConfigMap that holds the script, and a TestRun for the k6 operator
 * (grafana/k6-operator, k6.io/v1alpha1, whose published schema the tests hold it to). Pure.
 */

export const NAME = 'assay-throughput';
export const SCRIPT_FILE = 'throughput.js';
export const KEY_VARIABLE = 'ASSAY_API_KEY';
/** Key in the Secret. */
export const SECRET_KEY = 'api-key';
/** What a ConfigMap can hold (Kubernetes, "ConfigMaps"). */
const MAX_CONFIG_MAP_BYTES = 1024 * 1024;

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

export interface KubernetesLoad {
  readonly script: string;
  /** Without the key. */
  readonly variables: Readonly<Record<string, string>>;
  readonly needsKey: boolean;
  /** Pods that share the load. */
  readonly parallelism: number;
  /** "grafana/k6:2.2.0" */
  readonly image: string;
}

/** Throws UserError where the script is larger than a ConfigMap may be. */
export function kubernetesObjects({ script, variables, needsKey, parallelism, image }: KubernetesLoad): object[] {
  const scriptBytes = new TextEncoder().encode(script).length;
  if (scriptBytes >= MAX_CONFIG_MAP_BYTES) {
    throw new UserError('the script does not fit into a ConfigMap', {
      why: `it has ${scriptBytes} bytes, and a ConfigMap holds less than ${MAX_CONFIG_MAP_BYTES}`,
      fix: 'use --emit archive, and put the archive on a volume',
    });
  }
  const plain: Variable[] = Object.entries(variables).map(([name, value]) => ({ name, value }));
  const secret: Variable = {
    name: KEY_VARIABLE,
    valueFrom: { secretKeyRef: { name: NAME, key: SECRET_KEY } },
  };
  // The operator gives what its initializer has as arguments to `k6 archive`, where a key would be seen.
  const placeholder: Variable = { name: KEY_VARIABLE, value: 'from-the-secret' };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME }, data: { [SCRIPT_FILE]: script } },
    {
      apiVersion: 'k6.io/v1alpha1',
      kind: 'TestRun',
      metadata: { name: NAME },
      spec: {
        parallelism,
        script: { configMap: { name: NAME, file: SCRIPT_FILE } },
        initializer: { image, env: [...plain, ...(needsKey ? [placeholder] : [])] },
        runner: { image, env: [...plain, ...(needsKey ? [secret] : [])] },
      },
    },
  ];
}
