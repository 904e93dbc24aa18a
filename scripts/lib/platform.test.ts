import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import {
  hasOwnGroup,
  passOnInterrupt,
  programName,
  scriptCommand,
  searchFolders,
  signalTree,
  userCacheFolder,
} from './platform.ts';

test('programs and scripts have the names of their platform', () => {
  expect(['linux', 'darwin', 'win32'].map((platform) => programName('k6', platform))).toEqual(['k6', 'k6', 'k6.exe']);
  expect(scriptCommand('npm', 'linux')).toEqual({ command: 'npm', shell: false });
  expect(scriptCommand('npm', 'win32')).toEqual({ command: 'npm.cmd', shell: true });
});

test.each([
  ['linux', { PATH: '/a::/b c' }, ['/a', '/b c']],
  ['linux', { Path: '/a' }, []],
  ['win32', { PATH: 'C:\\a;D:\\b c' }, ['C:\\a', 'D:\\b c']],
  ['win32', { Path: 'C:\\a' }, ['C:\\a']],
  ['win32', {}, []],
])('on %s, %j is searched in %j', (platform, env, folders) => {
  expect(searchFolders(env, platform)).toEqual(folders);
});

test.each([
  ['linux', {}, '/home/me/.cache'],
  ['linux', { XDG_CACHE_HOME: '/x' }, '/x'],
  ['linux', { XDG_CACHE_HOME: 'x' }, '/home/me/.cache'],
  ['darwin', { XDG_CACHE_HOME: '/x' }, '/home/me/Library/Caches'],
  ['win32', {}, '/home/me/AppData/Local'],
  ['win32', { LOCALAPPDATA: 'C:\\L' }, 'C:\\L'],
])('on %s, %j keeps what may be fetched again in %s', (platform, env, folder) => {
  expect(userCacheFolder(env, '/home/me', platform)).toBe(folder);
});

test.each([
  ['linux', ['SIGINT']],
  ['darwin', ['SIGINT']],
  ['win32', []],
])('on %s, an interrupt is passed on to a child as %j', (platform, sent) => {
  const got: unknown[] = [];
  passOnInterrupt({ kill: (signal) => got.push(signal) > 0 }, platform);
  expect(got).toEqual(sent);
});

test.runIf(hasOwnGroup())('a signal reaches a child and what it started, and an ended one is left alone', async () => {
  const grandchild =
    "require('node:child_process').spawn(process.execPath,['-e','setTimeout(()=>{},60000)'],{stdio:'inherit'})";
  const child = spawn(process.execPath, ['-e', `${grandchild};console.log('ready');setTimeout(()=>{},60000)`], {
    detached: hasOwnGroup(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  signalTree(child, 'SIGTERM');
  // Closed once nobody holds the pipe any more: neither the child nor its own child.
  await once(child, 'close');
  expect(child.signalCode).toBe('SIGTERM');
  expect(() => signalTree(child, 'SIGKILL')).not.toThrow();
});
