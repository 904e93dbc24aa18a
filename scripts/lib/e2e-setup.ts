import { findK6 } from '../k6/find.ts';
import { testHost } from './test-host.ts';

/** Before the end-to-end tests: gets k6 once, with its progress shown, so that no test's time-out has to allow for it. */
export default async function setup(): Promise<void> {
  const host = { ...testHost(), err: (text: string) => void process.stderr.write(text) };
  const { path, version, origin } = await findK6(host);
  process.stderr.write(`k6 v${version} (${origin}): ${path}\n`);
}
