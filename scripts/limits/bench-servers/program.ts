/** Starts the programs of the bench: servers of others, and small ones around a library of another language. */
import { spawn, spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { NotInstalled, type StartedServer } from './bench-server.ts';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 3000;

/** Throws NotInstalled where the machine has no such command. */
export function needCommand(command: string, versionFlag: string, howToGet: string): void {
  const { error } = spawnSync(command, [versionFlag], { stdio: 'ignore' });
  if (error !== undefined) throw new NotInstalled(`${command} is not installed (${howToGet})`);
}

/** Runs a command to its end, for builds; throws NotInstalled with the last line it said where it fails. */
export function build({ command, args, env, cwd }: Program, howToGet: string): void {
  const { status, stderr } = spawnSync(command, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8' });
  if (status === 0) return;
  throw new NotInstalled(`${stderr.trim().split('\n').at(-1) ?? command} (${howToGet})`);
}

/** Starts a program whose first line on standard output is its port. */
export async function startSpeakingProgram(program: Program): Promise<StartedServer> {
  const { child, stop } = launch(program);
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`${program.command} said no port`)), START_TIMEOUT_MS);
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (!said.includes('\n')) return;
      clearTimeout(timer);
      resolve(Number(said.slice(0, said.indexOf('\n'))));
    });
    child.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`${program.command} ended with ${code}`));
    });
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { baseUrl: `http://127.0.0.1:${port}`, close: stop };
}

/** Starts a program that was told its port, and waits until somebody listens there. */
export async function startListeningProgram(program: Program, port: number): Promise<StartedServer> {
  const { child, stop } = launch(program);
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (!(await isListening(port))) {
    if (child.exitCode !== null || Date.now() > deadlineMs) {
      await stop();
      throw new Error(`${program.command} does not listen on ${port}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { baseUrl: `http://127.0.0.1:${port}`, close: stop };
}

/** A port of loopback that nobody listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function launch({ command, args, env, cwd }: Program) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(kill, STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
    process.off('exit', kill);
  };
  return { child, stop };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
