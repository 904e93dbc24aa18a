import type { LimitsVerdict } from '../../load/inference/engine.ts';
import type { CollectedRun } from './collected-run.ts';

export interface Advertised {
  readonly headers: Readonly<Record<string, string>>;
  readonly agrees: boolean | null;
  readonly differences: readonly string[];
}

export function compareAdvertised(run: CollectedRun, _verdict: LimitsVerdict): Advertised {
  const headers: Record<string, string> = {};
  for (const request of run.requests)
    for (const [name, value] of Object.entries(request.headers)) if (name !== 'date') headers[name] = value;
  return { headers, agrees: null, differences: [] };
}
