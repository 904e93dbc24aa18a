import { BUDGET_VARIABLES, type Budget, mayHaveCreated } from '../../contracts/lib/budget.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { type LoadProfile, offeredRequests, type RequestCost } from '../../load/measurement/profile.ts';

/** What of the budget of a run is set aside for one load: users of k6 share no memory with anybody. */
export interface LoadShare {
  /** Tells k6 where to end. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives back what a load that was counted to its end did not use: answers by status, "0" for none. */
  release(byStatus: Readonly<Record<string, number>>): Promise<void>;
  /** Which budget ended a load of so many requests before its time; null: none did. */
  endedBy(profile: LoadProfile, requests: number): string | null;
}

/** More than any load sends: users that wait for answers have no number of requests of their own. */
const MOST_REQUESTS = 1e9;

/**
 * Throws UserError (undecided) where not one request of the load can be paid for. `now` is a wall clock.
 */
export async function reserveLoad(
  budget: Budget,
  profile: LoadProfile,
  cost: RequestCost,
  now: () => Date,
): Promise<LoadShare> {
  const iterations = Math.ceil(offeredRequests(profile, 0, profile.durationSeconds) ?? MOST_REQUESTS);
  const wanted = { requests: iterations * cost.requests, created: iterations * cost.created };
  const reserved = await budget.reserve(wanted);
  const { requests, created, secondsLeft, because } = reserved;
  if (requests < cost.requests || created < cost.created) {
    await budget.release(reserved);
    throw new UserError('the load was not run', {
      why: `${because} is used up`,
      fix: 'raise the budget, or run fewer parts in one go',
      exitCode: ExitCode.Undecided,
    });
  }
  const isLess = because !== null;
  const isShort = secondsLeft !== null && secondsLeft < profile.durationSeconds;
  return {
    env: {
      [BUDGET_VARIABLES.maxRequests]: isLess ? String(requests) : undefined,
      [BUDGET_VARIABLES.maxCreated]: isLess && cost.created > 0 ? String(created) : undefined,
      [BUDGET_VARIABLES.maxSeconds]: secondsLeft === null ? undefined : secondsLeft.toFixed(3),
      [BUDGET_VARIABLES.countedFromMs]: secondsLeft === null ? undefined : String(now().getTime()),
    },
    async release(byStatus) {
      const counts = Object.entries(byStatus);
      const sum = (of: typeof counts) => of.reduce((all, [, count]) => all + count, 0);
      const used = sum(counts);
      // Of a request with others before it nobody knows which of them created something.
      const made = cost.requests > 1 ? used : sum(counts.filter(([status]) => mayHaveCreated(Number(status))));
      await budget.release({
        requests: Math.max(0, requests - used * cost.requests),
        created: Math.max(0, created - made * cost.created),
      });
    },
    endedBy(profile, sent) {
      const isUsedUp = profile.maxIterations !== null && sent >= profile.maxIterations;
      const isCut = profile.mode !== 'closed' && profile.endsAtSeconds < (secondsLeft ?? profile.durationSeconds);
      if (because !== null && (isUsedUp || isCut)) return because;
      return isShort ? `the budget of ${Number(secondsLeft.toFixed(1))} s that were left` : null;
    },
  };
}
