#!/usr/bin/env node
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExitCode, UserError } from '../contracts/lib/user-error.ts';
import { runCommandLine } from './command-line.ts';
import { nodeHost } from './lib/node-host.ts';

/** The bin: built to dist/assay.js, so the package lies one folder up. */
let host: ReturnType<typeof nodeHost> | null = null;
const err = (text: string) => (host === null ? void process.stderr.write(text) : host.err(text));

/** What a failed command says, and its exit code. Only a bug of ours shows a stack. */
function explain(error: unknown): ExitCode {
  if (error instanceof UserError) {
    err(`${error.toText()}\n`);
    return error.exitCode;
  }
  err(
    `error: assay failed, and that is a bug of assay's\n  why: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n` +
      '  fix: report it with the command you ran and these lines\n',
  );
  return ExitCode.Bug;
}

let code: ExitCode;
try {
  host = nodeHost(dirname(dirname(fileURLToPath(import.meta.url))));
  code = await runCommandLine(process.argv.slice(2), host);
} catch (error) {
  code = explain(error);
}
const interruptedBy = host?.interruptedBy() ?? null;
// A server that a supervisor ends with SIGTERM has done its job.
const isEndedServer = process.argv[2] === 'serve' && interruptedBy === 'SIGTERM';
if (interruptedBy !== null && !isEndedServer && code !== ExitCode.Bug) code = ExitCode.Interrupted;
process.exitCode = code;
// Sockets and timers that a stopped command left must not keep the process; what was written is flushed first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
