import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Contract } from '../../contracts/lib/contract.ts';
import { allGivers, standIns } from '../../contracts/lib/given-inputs.ts';
import { redactor } from '../../contracts/lib/redact.ts';
import { parseTarget } from '../../contracts/lib/target.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { PROFILE_VARIABLES, parseLoadProfile } from '../../load/measurement/profile.ts';
import { k6Environment } from '../k6/environment.ts';
import { findK6 } from '../k6/find.ts';
import { K6_VERSION } from '../k6/version.ts';
import { bundleK6Script } from '../k6-bundle/bundle.ts';
import { temporaryFolder, writeWhole } from '../lib/files.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { KEY_VARIABLE, kubernetesObjects, NAME, SCRIPT_FILE, SECRET_KEY } from './kubernetes.ts';

/** `assay throughput --emit`: the load as a file for plain k6 or the k6 operator, instead of running it. No key is in it. */

export type EmitForm = 'archive' | 'k8s';

/** Stands for the key where k6 only reads the script. */
const NO_KEY = 'not-the-key';

/** Writes the file into ASSAY_OUT. The environment of `host` names the target and the load. */
export async function emitLoad(form: EmitForm, parallelism: number, contract: Contract, host: Host): Promise<ExitCode> {
  const { operation } = contract;
  const keyless = { ...host.env, [KEY_VARIABLE]: NO_KEY, ASSAY_SECOND_API_KEY: undefined };
  const target = parseTarget({ ...keyless, ...standIns(operation, keyless) }, operation);
  parseLoadProfile(keyless, target, operation.limit);
  const names = [
    'ASSAY_BASE_URL',
    'ASSAY_ALLOW_HOST',
    ...[contract, ...allGivers(contract)].flatMap((one) => (one.operation.inputs ?? []).map(({ env }) => env)),
    ...Object.values(PROFILE_VARIABLES),
  ];
  const variables = Object.fromEntries(
    names.flatMap((name) => ((host.env[name] ?? '') === '' ? [] : [[name, host.env[name] ?? '']])),
  );
  const needsKey = operation.auth.scheme !== 'none';
  const out = outputDirectory(host);
  const work = temporaryFolder('emit');
  try {
    const script = join(work, SCRIPT_FILE);
    await bundleK6Script('throughput', contract, script, host.packageRoot);
    if (form === 'k8s') {
      const { dump } = await import('js-yaml');
      const objects = kubernetesObjects({
        ...{ script: readFileSync(script, 'utf8'), variables, needsKey, parallelism },
        image: `grafana/k6:${K6_VERSION}`,
      });
      const path = join(out, 'throughput.k8s.yaml');
      const head = needsKey
        ? `# The key: kubectl create secret generic ${NAME} --from-literal=${SECRET_KEY}="$${KEY_VARIABLE}"\n`
        : '';
      writeWhole(path, `${head}${objects.map((object) => `---\n${dump(object, { lineWidth: -1 })}`).join('')}`);
      host.out(
        `${path}\n  needs the k6 operator; ${needsKey ? 'the key comes from a Secret, see its first line; ' : ''}`,
      );
      host.out(`start: kubectl apply -f ${path}\n`);
      if (target.isLoopback) host.err(`${target.host} is the pod itself there, not this machine\n`);
    } else {
      writeFileSync(script, withVariables(readFileSync(script, 'utf8'), variables));
      const path = join(out, 'throughput.tar');
      writeWhole(path, await archived(script, work, host));
      host.out(`${path}\n  run it: ${needsKey ? `${KEY_VARIABLE}=… ` : ''}k6 run ${path}\n`);
    }
    return ExitCode.Ok;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The script, with variables that count where the environment does not have them. */
export function withVariables(script: string, variables: Readonly<Record<string, string>>): string {
  return `for (const [name, value] of Object.entries(${JSON.stringify(variables)})) __ENV[name] ??= value;\n${script}`;
}

/** Of the environment only a key that is none is there while k6 reads the script, and none of it goes into the archive. */
async function archived(script: string, cwd: string, host: Host): Promise<Buffer> {
  const k6 = await findK6(host);
  const archive = join(cwd, 'throughput.tar');
  const { PATH, HOME } = host.env;
  const { env } = k6Environment({ PATH, HOME }, { [KEY_VARIABLE]: NO_KEY });
  const args = ['archive', '--include-system-env-vars', '--exclude-env-vars', '-O', archive, script];
  try {
    await promisify(execFile)(k6.path, args, { cwd, env, signal: host.signal });
  } catch (error) {
    const redact = redactor([host.env[KEY_VARIABLE] ?? '', host.env['ASSAY_SECOND_API_KEY'] ?? null]);
    throw new UserError(
      'k6 could not make an archive',
      {
        why: redact((error as Error).message.slice(0, 2000)),
        fix: 'see what k6 says; `k6 run` would say the same',
        exitCode: host.signal.aborted ? ExitCode.Interrupted : ExitCode.Impossible,
      },
      error,
    );
  }
  return readFileSync(archive);
}
