import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { UserError } from '../../contracts/lib/user-error.ts';

/** Files of the work tree, or of a git ref: paths are relative to the working folder, with "/". */
export interface FileSource {
  /** How the source is named in messages: "", or "main:". */
  readonly prefix: string;
  /** null where there is no such file. */
  read(path: string): string | null;
  /** Names of the files and folders in a folder; null where there is no such folder. */
  list(path: string): readonly string[] | null;
}

/** The files as they lie on the disk. */
export function diskSource(cwd: string): FileSource {
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(cwd, path));
  return {
    prefix: '',
    read(path) {
      const file = absolute(path);
      return existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : null;
    },
    list(path) {
      const folder = absolute(path);
      return existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder).sort() : null;
    },
  };
}

/** Space for the output of one git command. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The files as they are at a git ref, read without touching the work tree. Throws UserError if there is no such ref. */
export function gitSource(cwd: string, ref: string): FileSource {
  const git = (...args: string[]): string | null => {
    try {
      return execFileSync('git', args, {
        cwd,
        encoding: 'utf8',
        maxBuffer: MAX_BYTES,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch {
      return null;
    }
  };
  if (ref.startsWith('-') || git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`) === null) {
    throw new UserError(`there is no git ref ${ref}`, {
      why:
        git('rev-parse', '--git-dir') === null
          ? `${cwd} is in no git repository, or git is missing`
          : 'git does not know it',
      fix: 'name a branch, tag or commit, such as main: or v1.2:contracts',
    });
  }
  const inside = (path: string): string => {
    const local = (isAbsolute(path) ? relative(cwd, path) : path).split(sep).join('/').replace(/\/+$/, '');
    return local === '' || local === '.' ? '.' : local;
  };
  return {
    prefix: `${ref}:`,
    read: (path) => git('cat-file', 'blob', `${ref}:./${inside(path)}`),
    list(path) {
      const folder = inside(path);
      const args = folder === '.' ? [] : ['--', `${folder}/`];
      const text = git('ls-tree', '-z', '--name-only', ref, ...args);
      if (text === null || text === '') return null;
      const names = text.split('\0').filter((name) => name !== '');
      return names.map((name) => (folder === '.' ? name : name.slice(folder.length + 1))).sort();
    },
  };
}
