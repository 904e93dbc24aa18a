import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import type { RequestListener, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { cacheFolder } from './cache.ts';
import { type FileInArchive, fakeK6, makeTarGz, makeZip, serve, writeProgram } from './fakes.ts';
import { type FindHost, findK6, type K6Sources } from './find.ts';
import { binaryName, type Machine, platformKey, releaseAsset } from './release.ts';
import { K6_VERSION } from './version.ts';

let home = '';
let said = '';
const closers: (() => Promise<void>)[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-find-'));
  said = '';
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(home, { recursive: true, force: true });
});

const linux = (): Machine => ({ platform: 'linux', arch: 'x64', homeDir: home });
const cached = () => join(home, '.cache', 'assay', 'k6', `v${K6_VERSION}-linux-amd64`, 'k6');

/** Only /bin/sh and cat are on the PATH, through `bin`, so nothing that is installed here is found. */
function host(env: Record<string, string> = {}, signal = new AbortController().signal): FindHost {
  return {
    env: { PATH: join(home, 'bin'), ...env },
    cwd: home,
    packageRoot: home,
    err: (text) => {
      said += text;
    },
    isTerminal: false,
    now: () => new Date(),
    signal,
  };
}

const rightArchive = makeTarGz([{ name: 'k6-v2.2.0-linux-amd64/k6', content: fakeK6(K6_VERSION) }]);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Sources whose release is served on loopback by `listener`; the pinned hash is that of `archive`. */
async function release(archive: Buffer, listener?: RequestListener, name = 'k6.tar.gz'): Promise<Partial<K6Sources>> {
  const { url, close } = await serve(listener ?? ((_, response) => void response.end(archive)));
  closers.push(close);
  return { ...offline(), releaseBaseUrl: url, asset: { name, sha256: sha256(archive) } };
}

/** The discard port of loopback, where nothing listens. */
function offline(): Partial<K6Sources> {
  return {
    machine: linux(),
    releaseBaseUrl: 'http://127.0.0.1:9',
    goModuleFolder: join(home, 'module'),
    lockTimes: { pollMs: 5, heartbeatMs: 50, staleAfterMs: 5_000 },
  };
}

/** A Go that "builds" the file k6-to-build of the module, and notes each build in the file `builds`. */
async function installGo(version: string, built = fakeK6(K6_VERSION), exitCode = 0): Promise<void> {
  await mkdir(join(home, 'module'), { recursive: true });
  await writeFile(join(home, 'module', 'go.mod'), 'module x\n');
  const script = `#!/bin/sh
PATH=/usr/bin:/bin
[ "$1" = version ] && { echo "go version go${version} linux/amd64"; exit 0; }
echo "$PWD|$CGO_ENABLED|$GOTOOLCHAIN|$GOFLAGS|$GOOS/$GOARCH|$*" >> "${home}/builds"
echo "go: downloading x v1" >&2
echo "some/package" >&2
if [ ${exitCode} -ne 0 ]; then echo "main.go:3:8: no route to proxy" >&2; exit ${exitCode}; fi
sleep 0.1
while [ "$1" != -o ]; do shift; done
cat > "$2" <<'END'
${built}END
chmod +x "$2"
`;
  await writeProgram(join(home, 'bin', 'go'), script);
}

const builds = async () => (await readFile(join(home, 'builds'), 'utf8')).trim().split('\n');

async function failure(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UserError)) throw new Error(`no UserError but ${String(error)}`);
  return error;
}

test('K6_PATH comes first, also relative to the current folder', async () => {
  await writeProgram(join(home, 'bin', 'k6'), fakeK6('2.1.0'));
  const own = await writeProgram(join(home, 'own', 'k6'), fakeK6('2.3.1'));
  const expected = { path: own, version: '2.3.1', origin: 'K6_PATH' };
  expect(await findK6(host({ K6_PATH: own }), offline())).toEqual(expected);
  expect(await findK6(host({ K6_PATH: 'own/k6' }), offline())).toEqual(expected);
});

const brokenPaths: [does: string, script: string | null, why: string][] = [
  ['does not exist', null, 'does not run: no such file'],
  ['is too old', fakeK6('1.7.1'), 'is v1.7.1, older than v2.0.0'],
  ['is another program', '#!/bin/sh\necho hello\n', 'is no k6: "version" made it say "hello"'],
  ['fails', '#!/bin/sh\nexit 3\n', 'does not run: exit code 3'],
];
test.each(brokenPaths)(
  'a K6_PATH that %s is wrong usage, although there is a k6 on the PATH',
  async (_, script, why) => {
    await writeProgram(join(home, 'bin', 'k6'), fakeK6('2.1.0'));
    const own = join(home, 'own', 'k6');
    if (script !== null) await writeProgram(own, script);
    const error = await failure(findK6(host({ K6_PATH: own }), offline()));
    expect(error.exitCode).toBe(ExitCode.Usage);
    expect(error.toText()).toContain(`${own} ${why}`);
  },
);

test('a K6_PATH that is not executable is wrong usage', async () => {
  const own = await writeProgram(join(home, 'own', 'k6'), fakeK6('2.1.0'));
  await chmod(own, 0o644);
  expect((await failure(findK6(host({ K6_PATH: own }), offline()))).why).toContain('it is not executable');
});

test('a recent k6 on the PATH is used without a word', async () => {
  await mkdir(join(home, 'bin0', 'k6'), { recursive: true });
  const own = await writeProgram(join(home, 'bin', 'k6'), fakeK6('2.0.0'));
  const found = await findK6(host({ PATH: `:${join(home, 'bin0')}:${join(home, 'bin')}` }), offline());
  expect(found).toEqual({ path: own, version: '2.0.0', origin: 'PATH' });
  expect(said).toBe('');
});

test('a k6 on the PATH that is too old is told and passed over; the release is downloaded, then cached', async () => {
  await writeProgram(join(home, 'bin', 'k6'), fakeK6('0.50.0'));
  const sources = await release(rightArchive);
  expect(await findK6(host(), sources)).toEqual({ path: cached(), version: K6_VERSION, origin: 'release' });
  expect(said).toContain('k6 on the PATH is passed over');
  expect(said).toContain('is v0.50.0, older than v2.0.0');
  expect(said).toContain('downloading k6.tar.gz: 0.0 MB');
  expect(await findK6(host(), offline())).toEqual({ path: cached(), version: K6_VERSION, origin: 'cache' });
  expect(await readdir(join(home, '.cache', 'assay', 'k6'))).toEqual([`v${K6_VERSION}-linux-amd64`]);
});

test('a zip is unpacked too', async () => {
  const archive = makeZip([{ name: 'k6-v2.2.0-macos-arm64/k6', content: fakeK6(K6_VERSION) }]);
  const sources = await release(archive, undefined, 'k6.zip');
  const machine = { platform: 'darwin', arch: 'arm64', homeDir: home };
  const found = await findK6(host(), { ...sources, machine });
  expect(found.path).toBe(join(home, 'Library', 'Caches', 'assay', 'k6', 'v2.2.0-darwin-arm64', 'k6'));
});

const chunked =
  (write: (response: ServerResponse) => void): RequestListener =>
  (_, response) =>
    write(response);
const wrong: [does: string, listener: RequestListener, why: string][] = [
  [
    'another archive comes',
    chunked((response) => response.end(makeTarGz([{ name: 'k6', content: fakeK6('6.6.6') }]))),
    'refused: its SHA-256 is',
  ],
  [
    'the body is cut off',
    chunked((response) => {
      response.writeHead(200, { 'content-length': rightArchive.length });
      response.write(rightArchive.subarray(0, 50), () => response.destroy());
    }),
    'the download of k6.tar.gz failed: ',
  ],
  ['the body ends early', chunked((response) => response.end(rightArchive.subarray(0, 50))), 'refused: its SHA-256 is'],
  [
    'it is redirected to a foreign host',
    chunked((response) => response.writeHead(302, { location: 'https://example.com/k6.tar.gz' }).end()),
    'refused: it leads to https://example.com',
  ],
  [
    'it is redirected without end',
    chunked((response) => response.writeHead(302, { location: '/again' }).end()),
    'more than 5 redirects',
  ],
  ['it is not there', chunked((response) => response.writeHead(404).end()), 'answered 404'],
  ['there is no answer', () => undefined, 'no answer within 0.2 s'],
  ['the body stops', chunked((response) => response.writeHead(200).write('x')), 'no more data for 0.2 s'],
  [
    'the announced body is too large',
    chunked((response) => response.writeHead(200, { 'content-length': 1e9 }).write('x')),
    'refused: it has more than 0.1 MB',
  ],
  [
    'the body is too large',
    chunked((response) => response.end(Buffer.alloc(200_000))),
    'refused: it has more than 0.1 MB',
  ],
];
test.each(wrong)('when %s, nothing is cached, and Go builds k6', async (_, listener, why) => {
  await installGo('1.26.8');
  // Short only where it is to run out: a busy machine may take as long for any answer.
  const patienceMs = why.endsWith('0.2 s') ? 200 : 15_000;
  const sources = {
    ...(await release(rightArchive, listener)),
    downloadLimits: { answerMs: patienceMs, idleMs: patienceMs, overallMs: 15_000, maxBytes: 100_000 },
  };
  expect(await findK6(host(), sources)).toEqual({ path: cached(), version: K6_VERSION, origin: 'go-build' });
  expect(said).toContain(why);
});

test('a redirect within loopback is followed', async () => {
  const sources = await release(rightArchive, (request, response) => {
    if (request.url === '/k6.tar.gz') response.writeHead(302, { location: '/there' }).end();
    else response.end(rightArchive);
  });
  expect((await findK6(host(), sources)).origin).toBe('release');
});

test('an archive without k6, or with another version, is not cached', async () => {
  const archives: FileInArchive[][] = [[{ name: 'x', content: 'x' }], [{ name: 'k6', content: fakeK6('2.1.0') }]];
  for (const files of archives) {
    const error = await failure(findK6(host(), await release(makeTarGz(files))));
    expect(error.exitCode).toBe(ExitCode.Impossible);
    expect(error.why).toMatch(/holds no file k6|is v2\.1\.0, not v2\.2\.0/);
    expect(existsSync(dirname(cached()))).toBe(false);
  }
});

test("offline and with Go, k6 is built from a copy of the module, for this machine, with the user's GOFLAGS", async () => {
  await installGo('1.25');
  const found = await findK6(host({ GOFLAGS: '-p=1', GOOS: 'plan9' }), offline());
  expect(found).toEqual({ path: cached(), version: K6_VERSION, origin: 'go-build' });
  expect(said).toMatch(/the download of k6-v2\.2\.0-linux-amd64\.tar\.gz failed: .+\nbuilding k6/);
  const [build] = await builds();
  expect(build).toMatch(
    /^.*staging-\w+\/work\/module\|0\|local\|-p=1\|linux\/amd64\|build .*-trimpath -ldflags -s -w -o /,
  );
  expect(await readdir(join(home, 'module'))).toEqual(['go.mod']);
});

const noWay: [does: string, go: (() => Promise<void>) | null, why: string][] = [
  ['no Go', null, 'k6 cannot be built: Go is not installed'],
  ['a Go that is too old', () => installGo('1.24.9'), 'is 1.24.9, older than 1.25.0'],
  ['a build that fails', () => installGo('1.26.0', '', 1), 'go build ended with 1: main.go:3:8: no route to proxy'],
  ['a build that makes something else', () => installGo('1.26.0', '#!/bin/sh\necho no\n'), 'is no k6'],
];
test.each(noWay)('offline and with %s, the error says each reason and how to install k6', async (_, go, why) => {
  await go?.();
  const error = await failure(findK6(host(), offline()));
  expect(error.exitCode).toBe(ExitCode.Impossible);
  expect(error.why).toContain('the download of k6-v2.2.0-linux-amd64.tar.gz failed');
  expect(error.why).toContain(why);
  expect(error.fix).toContain('K6_PATH');
  expect(error.fix).toContain('assay contract');
  expect(existsSync(dirname(cached()))).toBe(false);
  expect(await readdir(join(home, '.cache', 'assay', 'k6'))).toEqual([]);
});

test('a machine without an official release goes to Go', async () => {
  const machine = { platform: 'freebsd', arch: 'riscv64', homeDir: home };
  const error = await failure(findK6(host(), { ...offline(), machine }));
  expect(error.why).toContain('there is no official k6 release for freebsd-riscv64');
});

const damages: [does: string, damage: (path: string) => Promise<void>][] = [
  ['was cut', (path) => truncate(path, 10)],
  [
    'has one other byte',
    async (path) => {
      const bytes = await readFile(path);
      bytes[bytes.length - 2] = 33;
      await writeFile(path, bytes);
    },
  ],
  ['is missing', (path) => rm(path)],
  ['is not executable', (path) => chmod(path, 0o644)],
  ['has no record (half-written)', (path) => rm(join(dirname(path), 'k6.json'))],
  ['has a record that was cut', (path) => truncate(join(dirname(path), 'k6.json'), 20)],
  [
    'is of another version',
    async (path) => {
      const record = join(dirname(path), 'k6.json');
      await writeFile(record, (await readFile(record, 'utf8')).replace(K6_VERSION, '2.1.0'));
    },
  ],
];
test.each(damages)('a cached k6 that %s is replaced', async (_, damage) => {
  const sources = await release(rightArchive);
  const { path } = await findK6(host(), sources);
  await damage(path);
  expect((await findK6(host(), sources)).origin).toBe('release');
  expect(said).toContain('the cached k6 is replaced');
  expect((await findK6(host(), sources)).origin).toBe('cache');
  expect(await readFile(path, 'utf8')).toBe(fakeK6(K6_VERSION));
  expect(await readdir(dirname(dirname(path)))).toEqual([`v${K6_VERSION}-linux-amd64`]);
});

test('four at once build once, and those that wait say so', async () => {
  await installGo('1.26.8');
  const found = await Promise.all([1, 2, 3, 4].map(() => findK6(host(), offline())));
  expect(found.map(({ origin }) => origin).sort()).toEqual(['cache', 'cache', 'cache', 'go-build']);
  expect(await builds()).toHaveLength(1);
  expect(said).toContain(`k6: waiting for another run that installs it (process ${process.pid})`);
});

test('an interruption while it builds stops the build and leaves nothing behind', async () => {
  await installGo('1.26.8');
  await copyFile(join(home, 'bin', 'go'), join(home, 'bin', 'real-go'));
  await writeProgram(
    join(home, 'bin', 'go'),
    `#!/bin/sh\n[ "$1" = version ] && echo go1.26.8 && exit\necho x >> ${home}/builds\nexec /bin/sleep 30\n`,
  );
  const stop = new AbortController();
  const finding = failure(findK6(host({}, stop.signal), offline()));
  while (!existsSync(join(home, 'builds'))) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  expect((await finding).exitCode).toBe(ExitCode.Interrupted);
  expect(await readdir(join(home, '.cache', 'assay', 'k6'))).toEqual([]);
});

test('an interruption while it downloads leaves nothing behind', async () => {
  const stop = new AbortController();
  const sources = await release(rightArchive, (_, response) => {
    response.writeHead(200).write('x');
    stop.abort();
  });
  expect((await failure(findK6(host({}, stop.signal), sources))).exitCode).toBe(ExitCode.Interrupted);
  expect(await readdir(join(home, '.cache', 'assay', 'k6'))).toEqual([]);
});

test('a cache folder that cannot be made is an error that names another way', async () => {
  await writeFile(join(home, 'file'), '');
  const error = await failure(findK6(host({ ASSAY_CACHE_DIR: 'file/cache' }), offline()));
  expect(error.exitCode).toBe(ExitCode.Impossible);
  expect(error.message).toContain(join(home, 'file/cache'));
  expect(error.fix).toContain('ASSAY_CACHE_DIR');
});

const folders: [platform: string, env: Record<string, string>, folder: string][] = [
  ['linux', {}, '/home/me/.cache/assay'],
  ['linux', { XDG_CACHE_HOME: '/var/cache/me' }, '/var/cache/me/assay'],
  ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/me/.cache/assay'],
  ['darwin', { XDG_CACHE_HOME: '/var/cache/me' }, '/home/me/Library/Caches/assay'],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/assay'],
  ['win32', {}, '/home/me/AppData/Local/assay'],
  ['linux', { ASSAY_CACHE_DIR: '/own', XDG_CACHE_HOME: '/x' }, '/own'],
  ['win32', { ASSAY_CACHE_DIR: 'own' }, '/cwd/own'],
];
test.each(folders)('the cache folder on %s with %j is %s', (platform, env, folder) => {
  expect(cacheFolder(env, { platform, arch: 'x64', homeDir: '/home/me' }, '/cwd')).toBe(folder);
});

const assets: [platform: string, arch: string, key: string, asset: string | null, binary: string][] = [
  ['linux', 'x64', 'linux-amd64', 'k6-v2.2.0-linux-amd64.tar.gz', 'k6'],
  ['linux', 'arm64', 'linux-arm64', 'k6-v2.2.0-linux-arm64.tar.gz', 'k6'],
  ['win32', 'x64', 'windows-amd64', 'k6-v2.2.0-windows-amd64.zip', 'k6.exe'],
  ['darwin', 'x64', 'darwin-amd64', 'k6-v2.2.0-macos-amd64.zip', 'k6'],
  ['darwin', 'arm64', 'darwin-arm64', 'k6-v2.2.0-macos-arm64.zip', 'k6'],
  ['win32', 'arm64', 'windows-arm64', null, 'k6.exe'],
  ['linux', 'ia32', 'linux-386', null, 'k6'],
];
test.each(assets)('%s on %s is %s, released as %s', (platform, arch, key, asset, binary) => {
  const machine = { platform, arch, homeDir: '/' };
  expect(platformKey(machine)).toBe(key);
  expect(releaseAsset(machine)?.name ?? null).toBe(asset);
  expect(binaryName(machine)).toBe(binary);
});
