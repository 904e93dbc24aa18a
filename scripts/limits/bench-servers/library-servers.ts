/** Small programs around libraries of other languages; each says its port and answers what it is told to. */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { contractAnswers } from './answers.ts';
import { NotInstalled, type ServerSetting, type StartedServer } from './bench-server.ts';
import { build, freePort, needCommand, startListeningProgram, startSpeakingProgram } from './program.ts';

/** What a program's limiter is to be; the names are those of its environment without BENCH_. */
type Settings = Readonly<Record<string, string | number>>;

/** The folder of the programs of a language. */
export const sourcesOf = (packageRoot: string, language: string): string =>
  join(packageRoot, 'scripts/limits/bench-servers', language);
const built = ({ packageRoot }: ServerSetting, name: string): string => join(packageRoot, 'dist/bench-servers', name);

/** golang.org/x/time/rate, throttled, ulule/limiter, httprate. Modules are taken from the cache, never downloaded. */
export async function startGo(limiter: Settings, setting: ServerSetting): Promise<StartedServer> {
  needCommand('go', 'version', 'https://go.dev/dl');
  const cwd = sourcesOf(setting.packageRoot, 'go');
  const program = built(setting, 'go-limiters');
  build(
    { command: 'go', args: ['build', '-o', program, '.'], env: { GOPROXY: 'off', GOFLAGS: '-mod=readonly' }, cwd },
    `cd ${cwd} && go mod download`,
  );
  return startSpeakingProgram({ command: program, args: [], env: environment(limiter, setting) });
}

/** redis_rate, with a Redis of its own that keeps nothing. */
export async function startGoWithRedis(limiter: Settings, setting: ServerSetting): Promise<StartedServer> {
  needCommand('redis-server', '--version', 'Debian: redis-server');
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const redis = await startListeningProgram({ command: 'redis-server', args }, port);
  const server = await startGo({ ...limiter, REDIS: `127.0.0.1:${port}` }, setting).catch(async (error: unknown) => {
    await redis.close();
    throw error;
  });
  return {
    baseUrl: server.baseUrl,
    async close() {
      await server.close();
      await redis.close();
    },
  };
}

/** The library `limits`; BENCH_PYTHON names an interpreter that has it. */
export async function startPython(limiter: Settings, setting: ServerSetting): Promise<StartedServer> {
  const command = pythonWithLimits();
  const args = [join(sourcesOf(setting.packageRoot, 'python'), 'limiters.py')];
  return startSpeakingProgram({ command, args, env: environment(limiter, setting) });
}

/** bucket4j, from BENCH_BUCKET4J (a jar) or the repository of Maven. */
export async function startJava(limiter: Settings, setting: ServerSetting): Promise<StartedServer> {
  needCommand('java', '-version', 'Debian: openjdk-17-jdk-headless');
  const jar = jarOfMaven();
  const args = [
    '-cp',
    jar,
    '-Dsun.net.httpserver.nodelay=true',
    join(sourcesOf(setting.packageRoot, 'java'), 'Limiters.java'),
  ];
  return startSpeakingProgram({ command: 'java', args, env: environment(limiter, setting) });
}

/** governor. Crates are taken from the cache, never downloaded. */
export async function startRust(limiter: Settings, setting: ServerSetting): Promise<StartedServer> {
  needCommand('cargo', '--version', 'https://rustup.rs');
  const cwd = sourcesOf(setting.packageRoot, 'rust');
  const target = built(setting, 'rust');
  build(
    { command: 'cargo', args: ['build', '--release', '--offline', '--locked', '--quiet', '--target-dir', target], cwd },
    `cd ${cwd} && cargo fetch`,
  );
  const command = join(target, 'release', 'limiters');
  return startSpeakingProgram({ command, args: [], env: environment(limiter, setting) });
}

function environment(limiter: Settings, { contract, apiKey }: ServerSetting): Record<string, string> {
  const { admitted, rejected, unauthorized, authorization } = contractAnswers(contract, apiKey);
  const answers = { ADMITTED: admitted, REJECTED: rejected, UNAUTHORIZED: unauthorized };
  return Object.fromEntries([
    ...Object.entries({ ...limiter, AUTHORIZATION: authorization }).map(([name, value]) => [
      `BENCH_${name}`,
      String(value),
    ]),
    ...Object.entries(answers).flatMap(([name, { status, body }]) => [
      [`BENCH_${name}_STATUS`, String(status)],
      [`BENCH_${name}_BODY`, body],
    ]),
  ]);
}

export function pythonWithLimits(): string {
  const command = process.env['BENCH_PYTHON'] ?? 'python3';
  needCommand(command, '--version', 'Debian: python3');
  build({ command, args: ['-c', 'import limits'] }, 'pip install limits, or BENCH_PYTHON=…/python');
  return command;
}

export function jarOfMaven(): string {
  const given = process.env['BENCH_BUCKET4J'];
  if (given !== undefined) return given;
  const folder = join(homedir(), '.m2/repository/com/bucket4j/bucket4j_jdk17-core');
  const version = existsSync(folder)
    ? readdirSync(folder).find((name) => existsSync(join(folder, name, `bucket4j_jdk17-core-${name}.jar`)))
    : undefined;
  if (version === undefined) {
    throw new NotInstalled(
      'bucket4j is not in the repository of Maven (mvn dependency:get -Dartifact=com.bucket4j:bucket4j_jdk17-core:8.14.0)',
    );
  }
  return join(folder, version, `bucket4j_jdk17-core-${version}.jar`);
}
