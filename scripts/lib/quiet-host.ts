import type { Host } from './host.ts';

/**
 * A host for --quiet: shows no progress, and keeps what is said until `tell`, which is called where something does not
 * hold. With `isOutputData` standard output is what was asked for, and goes out at once.
 */
export function quietHost(host: Host, isOutputData: boolean): { readonly host: Host; tell(): void } {
  const kept: (() => void)[] = [];
  return {
    host: {
      ...host,
      isTerminal: false,
      isQuiet: true,
      out: isOutputData ? host.out : (text) => void kept.push(() => host.out(text)),
      err: (text) => void kept.push(() => host.err(text)),
    },
    tell: () => {
      for (const say of kept.splice(0)) say();
    },
  };
}
