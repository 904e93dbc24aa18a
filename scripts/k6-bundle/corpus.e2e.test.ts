import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { parseContract } from '../../contracts/lib/contract.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { richBodies, richContract } from '../generate/rich-contract.fixture.ts';
import { generateValidators } from '../generate/validators.ts';
import { findK6 } from '../k6/find.ts';
import { runK6 } from '../k6/run.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-corpus-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const createChat = readContract(fileURLToPath(new URL('../../contracts/create-chat', import.meta.url)));
const corpora = [
  {
    name: 'rich',
    contract: parseContract(richContract, 'rich'),
    bodies: richBodies.map(({ schema, body }) => ({ schema, body: body as unknown })),
  },
  {
    name: 'create-chat',
    contract: createChat,
    bodies: createChat.examples.flatMap(({ body }) =>
      Object.keys(createChat.schemas).map((schema) => ({ schema, body: body as unknown })),
    ),
  },
];

for (const { name, contract, bodies } of corpora) {
  test(`k6 judges the corpus of ${name} as Node does`, async () => {
    const host = testHost();
    const script = join(folder, `${name}.js`);
    const validators = await generateValidators(contract.schemas, '', packageRoot);
    writeFileSync(join(folder, `${name}-validators.js`), validators);
    writeFileSync(
      script,
      `import { validators } from './${name}-validators.js';
const bodies = ${JSON.stringify(bodies.map(({ schema, body }) => ({ schema, text: JSON.stringify(body) })))};
export default function () {
  console.log('verdicts:' + JSON.stringify(bodies.map(({ schema, text }) => validators[schema](JSON.parse(text)))));
}`,
    );
    const k6 = await findK6(host);
    const lines: string[] = [];
    await runK6({
      k6Path: k6.path,
      scriptPath: script,
      cwd: folder,
      inherited: host.env,
      env: {},
      marker: 'verdicts:',
      onMarked: (text) => lines.push(text),
      stdout: 'ignore',
      err: host.err,
      redact: (text) => text,
      signal: host.signal,
    });
    expect(lines, host.said().err).toHaveLength(1);
    const byK6 = JSON.parse(lines[0] ?? '') as boolean[];
    const byNode = bodies.map(({ schema, body }) => contract.validator(schema)(body));
    expect(byK6).toEqual(byNode);
    expect(new Set(byNode)).toEqual(new Set([true, false]));
  });
}
