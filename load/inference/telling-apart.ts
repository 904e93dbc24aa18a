/** Questions that the leader and its rivals answer differently. */

import type { Course } from './course.ts';
import type { Steps } from './finder.ts';
import { isEqual, isPrecise, isProlonged, isSame } from './hypothesis-traits.ts';
import { EXHAUSTIVE, findQuestion } from './lab.ts';
import type { Hypothesis } from './paving.ts';
import { recover } from './recovery.ts';

/** Questions in a row that are put to the rivals of a leader. */
const MOST_QUESTIONS = 4;
/** Boxes cut to find out whether a variant of the leader may be of another size. */
const MOST_CUTS = 400;
/** Worth computing for before anything is asked of rivals that may fall by themselves, ms. */
const LONG_THINKING_MS = 1200;
/** How far ahead a question may lie, in windows. */
const MOST_HORIZON = 5;

/** Asks what the leader and its nearest rival answer differently, until no rival is left that can be told apart. */
export function* tellApart(course: Course): Steps {
  const { lab } = course.host;
  for (let tries = 0; tries < MOST_QUESTIONS; tries += 1) {
    const leader = course.leader;
    if (leader === null || !isPrecise(leader)) return;
    const [capacity] = leader.range('capacity') ?? [0, 0];
    for (const rival of lab.alive) {
      if (rival === leader || !isSame(leader, rival) || isLike(leader, rival)) continue;
      yield* course.think(rival.narrowCapacity(lab.log, capacity, MOST_CUTS), LONG_THINKING_MS);
    }
    // Each question is about parameters of a rival that do explain everything so far.
    yield* course.think(lab.refineRivals(EXHAUSTIVE), LONG_THINKING_MS);
    const { nowMs, roundTripMs } = course.host;
    const windowMs = course.windowMs;
    const perSecond = (2 * course.capacity) / (windowMs / 1000);
    const found = lab.alive
      .filter((rival) => rival !== leader && !isLike(leader, rival))
      .flatMap((rival) => {
        const { example } = rival;
        // Of another size of the same kind only what does explain everything foretells anything else.
        if (example === null && isSame(leader, rival)) return [];
        // A sliding counter is as good as new after two windows.
        const forgottenMs = 2.1 * (example?.windowMs ?? lab.bounds?.windowMs[1] ?? windowMs);
        const horizonMs = Math.min(forgottenMs, MOST_HORIZON * windowMs);
        const question = findQuestion(leader, example ?? rival, nowMs, roundTripMs, horizonMs, perSecond);
        return question === null ? [] : [question];
      })
      .sort((a, b) => a.atMs - b.atMs)[0];
    if (found === undefined) return;
    yield* course.sleepUntil(found.atMs);
    yield* course.fill(found.requests);
    yield* course.refine();
  }
}

/** Of the same kind and of the same size. */
function isLike(leader: Hypothesis, rival: Hypothesis): boolean {
  return isSame(leader, rival) && isEqual(rival.range('capacity'), leader.range('capacity'));
}

/** One admitted request in the middle of a window puts its end off, or does not. */
export function* tellProlongingApart(course: Course): Steps {
  const leader = course.leader;
  if (leader === null || !isPrecise(leader) || course.host.lab.alive.filter(isProlonged).length < 2) return;
  yield* course.sleepUntil(course.recoveredAtMs + 0.5 * course.windowMs);
  yield* course.send(1);
  yield* course.sleepUntil(course.recoveredAtMs + 1.25 * course.windowMs);
  yield* course.fillUp(course.capacity - 1);
  yield* course.refine();
  yield* recover(course);
  yield* course.refine();
}
