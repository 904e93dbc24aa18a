import { codesOf } from '../../contracts/judge/codes.ts';
import type { Json } from '../../contracts/lib/operation.ts';

/** What the error bodies of one status say of its codes; `fields` are the names of the request's fields. */
export function codesIn(bodies: readonly Json[], fields: readonly string[]): { codes?: string[]; fieldCodes?: true } {
  const all = [...new Set(bodies.flatMap((body) => codesOf(body, new Set())))];
  const isField = (code: string) => fields.includes(code.split(/[.[\]/]/)[0] ?? '');
  const codes = all.filter((code) => !isField(code));
  return {
    ...(codes.length === 0 ? {} : { codes }),
    ...(codes.length > 0 && all.some(isField) ? { fieldCodes: true as const } : {}),
  };
}
