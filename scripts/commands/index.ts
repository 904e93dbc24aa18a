import { allOptions, type Command } from './command.ts';
import { compare } from './compare.ts';
import { completion } from './completion.ts';
import { contract } from './contract.ts';
import { diff } from './diff.ts';
import { doctor } from './doctor.ts';
import { drift } from './drift.ts';
import { generate } from './generate.ts';
import { importContract } from './import.ts';
import { init } from './init.ts';
import { ledger } from './ledger.ts';
import { limits } from './limits.ts';
import { merge } from './merge.ts';
import { newContract } from './new.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { schema } from './schema.ts';
import { serve } from './serve.ts';
import { throughput } from './throughput.ts';

/** All commands, as `assay --help` lists them. */
export const commands: readonly Command[] = [
  run,
  contract,
  limits,
  throughput,
  compare,
  merge,
  diff,
  drift,
  serve,
  generate,
  importContract,
  newContract,
  report,
  ledger,
  doctor,
  init,
  schema,
  completion(() => commands.map((command) => ({ ...command, options: allOptions(command) }))),
];
