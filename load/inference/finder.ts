/** The engine: keeps the books of requests, lets the script of experiments run, and says what came out. */

import { Course, type CourseHost, type Pace } from './course.ts';
import type {
  Answer,
  Engine,
  EngineOptions,
  Foretold,
  LimitsVerdict,
  Observation,
  Outcome,
  Probe,
  ProbeIdentity,
  ProbeKind,
  Progress,
  Range,
  Step,
} from './engine.ts';
import { returnHintMs } from './hints.ts';
import { EXHAUSTIVE, Lab } from './lab.ts';
import { type Fate, Log, type Volley } from './log.ts';
import { MODELS, RESERVE } from './models/index.ts';
import type { Bounds, Model } from './models/model.ts';
import type { Thinking } from './paving.ts';
import { Script } from './script.ts';
import { type FirstLimit, toVerdict } from './verdict.ts';

/** What a script asks for: requests, sent together and waited for, or time to pass. */
export type Command =
  | {
      readonly kind: 'send';
      readonly count: number;
      readonly probe: ProbeKind;
      readonly identity: ProbeIdentity;
      /** Also where otherwise only one is under way at a time. */
      readonly isTogether?: boolean;
    }
  | { readonly kind: 'sleep'; readonly untilMs: number }
  /** Requests that are not waited for. */
  | { readonly kind: 'launch'; readonly count: number }
  /** Everything once more, with one request at a time. */
  | { readonly kind: 'restart' }
  /** Until everything is answered or given up by the shell; or, since a number, until there is no more to hope for. */
  | { readonly kind: 'settle'; readonly since?: number }
  /** Nothing: what arrived in the meantime is to be seen to before more is computed. */
  | { readonly kind: 'pause' };

/** Asks for one thing after the other, and is handed each volley when it is answered. */
export type Steps<Result = void> = Generator<Command, Result, Volley | null>;

interface Request {
  readonly number: number;
  readonly kind: ProbeKind;
  readonly identity: ProbeIdentity;
  /** In the books of the limit in question, or of what is put aside. */
  readonly entry: Entry;
  /** The same in the books of the other limit, where there are two. */
  readonly entryOfOther: Entry | null;
  sentAtMs: number;
  receivedAtMs: number;
  status: number | null;
  outcome: Outcome | null;
  /** At least and at most so many of the volley were foretold to be admitted, if answered by then. */
  foretold: { readonly range: Range; readonly untilMs: number; readonly of: number } | null;
}

interface Entry {
  readonly log: Log;
  readonly volley: Volley;
}

/** How long a volley waits for its stragglers: this many of the slowest round trips, and at least so long. */
const PATIENCE_ROUND_TRIPS = 2;
const PATIENCE_MS = 250;
/** Before the time is up, so many of the slowest round trips are left for answers. */
const ANSWER_TIMES = 1.5;

/** A foretold round counts when random answers would have come out like it less often than once in 2 to this power. */
const PROOF_BITS = 10;
/** Of a window, and of the time that a foretold answer may take: so soon after a rejection something is admitted again. */
const RETURN_SHARE = 0.2;
const RETURN_FORETELLS = 4;
/** What is foretold covers answers that are so many mean deviations later than usual. */
const LATE_DEVIATIONS = 4;
const LEAST_FORETELL_MS = 5;
/** Of how late a request went out, so much is still expected of the next one. */
const LATE_MEMORY = 0.9;

/** What was foretold, and how it goes. */
export interface Proof extends Foretold {
  readonly hasFailed: boolean;
  /** More than 0: it might have come out so by accident. */
  readonly missingBits: number;
  /** It ends with a rejection that was not foretold: before something is admitted again, that may be another limit's. */
  readonly isOpen: boolean;
}

export class Finder implements Engine, CourseHost {
  readonly options: EngineOptions;
  /** About the limit in question. */
  lab: Lab;
  /** Of the first limit, where another one showed behind it; null: only one showed. */
  first: FirstLimit | null = null;
  /** Of two limits, the one that is not in question. */
  other: Lab | null = null;
  readonly requests: Request[] = [];
  /** Books of what no model is held against: other kinds of requests, and what came after the proof. */
  readonly #aside = new Log();
  #script: Script;
  #run: Generator<Command, void, Volley | null>;
  /** Only one request is under way at a time: what was seen of more together nothing explains. */
  isCareful = false;
  #nowMs = 0;
  #startMs: number | null = null;
  #isDone = false;
  #sleepUntilMs: number | null = null;
  #waiting: {
    readonly volley: Volley;
    readonly first: number;
    readonly last: number;
    readonly isPatient: boolean;
  } | null = null;
  #lastArrivalMs = 0;
  /** Smoothed and slowest round trip; the very first request, which meets a cold server, is left out. */
  #roundTripMs = 0;
  #slowestMs = 0;
  /** That of the very first one. */
  #firstMs = 0;
  /** How far answers are from the usual time, smoothed. */
  #deviationMs = 0;
  /** Round trip of rejections, smoothed: some servers make them wait. */
  #rejectionMs = 0;
  #answered = 0;
  /** How long after it was asked for a request goes out, of late. */
  #sendingMs = 0;
  /** How much later than planned something was done, of late. */
  #lateMs = 0;
  /** What is to be sent next, now that the leader is held against all answers; null: nothing is. */
  #prepared: Command | null = null;
  #preparedRevision = -1;
  #hintMs: Range | null = null;
  rejectingStatus: number | null = null;
  /** What is sent to find the limit out. */
  probeKind: ProbeKind;
  /** What was sent before is not held against any model. */
  #countedSince = 0;
  /** About the second limit, while the first one is in question once more; null: it is not. */
  #behind: Lab | null = null;
  isOverBudget = false;

  constructor(options: EngineOptions) {
    this.options = options;
    this.probeKind = options.harmless ? 'invalid' : 'valid';
    this.lab = this.#newLab(MODELS, RESERVE);
    this.#script = new Script(new Course(this));
    this.#run = this.#script.run();
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  get foretellMs(): number {
    const usualMs = Math.max(this.#roundTripMs, this.#rejectionMs);
    return this.#sendingMs + Math.max(LEAST_FORETELL_MS, usualMs + LATE_DEVIATIONS * this.#deviationMs);
  }

  get rejectionMs(): number {
    return this.#rejectionMs;
  }

  get lateMs(): number {
    return this.#lateMs;
  }

  get returnHintMs(): Range | null {
    return this.#hintMs;
  }

  get elapsedMs(): number {
    return this.#startMs === null ? 0 : this.#nowMs - this.#startMs;
  }

  get remainingRequests(): number {
    const { maxRequests, maxCreated = null } = this.options.budget;
    const left = maxRequests - this.requests.length;
    return maxCreated === null
      ? left
      : Math.min(left, maxCreated - this.requests.filter((request) => this.#mayHaveCreated(request)).length);
  }

  #mayHaveCreated({ outcome, status }: Request): boolean {
    return outcome === null || this.options.mayHaveCreated(status);
  }

  get lostInFirstBurst(): number {
    // Of requests in flight together the server may have decided on the last sent first.
    const first = this.requests.find(({ number, outcome }) => number > this.#countedSince && outcome === 'rejected');
    const byMs = first?.receivedAtMs ?? Number.POSITIVE_INFINITY;
    return this.requests.filter(
      ({ number, sentAtMs, outcome }) =>
        number > this.#countedSince && sentAtMs <= byMs && outcome !== 'admitted' && outcome !== 'rejected',
    ).length;
  }

  /** Nothing is sent later, ms after the start: the answers shall be there when the time is up. */
  get #lastSendMs(): number {
    const { budget, requestTimeoutMs } = this.options;
    return (
      budget.maxSeconds * 1000 - Math.min(requestTimeoutMs, ANSWER_TIMES * Math.max(this.#firstMs, this.#slowestMs))
    );
  }

  next(nowMs: number): Step {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#startMs ??= nowMs;
    if (this.#isDone) return { kind: 'done' };
    if (this.elapsedMs > this.#lastSendMs) return this.#finish(true);
    let result: Volley | null = null;
    if (this.#waiting !== null) {
      const untilMs = this.#patienceEndsMs();
      if (untilMs > this.#nowMs) return { kind: 'wait', untilMs };
      result = this.#waiting.volley;
      this.#waiting = null;
    } else if (this.#sleepUntilMs !== null) {
      if (this.#sleepUntilMs > this.#nowMs) return { kind: 'wait', untilMs: this.#sleepUntilMs };
      this.#lateMs = Math.max(this.#nowMs - this.#sleepUntilMs, LATE_MEMORY * this.#lateMs);
      this.#sleepUntilMs = null;
    }
    const prepared = this.#prepared;
    this.#prepared = null;
    let command: Command;
    if (prepared !== null) command = prepared;
    else {
      const step = this.#run.next(result);
      if (step.done) return this.#finish(false);
      command = step.value;
    }
    if (command.kind === 'restart') return this.#restart();
    if (command.kind === 'pause') return { kind: 'wait', untilMs: this.#nowMs };
    if (command.kind === 'sleep') {
      const endMs = (this.#startMs ?? 0) + this.#lastSendMs;
      if (command.untilMs > endMs) return this.#finish(true);
      this.#sleepUntilMs = command.untilMs;
      return { kind: 'wait', untilMs: Math.max(this.#nowMs, command.untilMs) };
    }
    if (command.kind === 'settle') {
      const last = this.requests.length;
      const volley = this.requests[last - 1]?.entry.volley;
      if (volley !== undefined) {
        this.#waiting = { volley, first: command.since ?? 1, last, isPatient: command.since === undefined };
      }
      return { kind: 'wait', untilMs: this.#nowMs };
    }
    // What is launched was planned together: there is no time to think in between.
    if (prepared === null && this.#current.proof.since !== null && command.kind === 'send') {
      // A slow interpreter takes longer over it than an answer takes: what is foretold is foretold from then on.
      this.lab.refineLeader();
      this.#prepared = command;
      this.#preparedRevision = this.lab.log.revision;
      return { kind: 'wait', untilMs: this.#nowMs };
    }
    const isOneByOne = this.isCareful && !(command.kind === 'send' && command.isTogether === true);
    const count = Math.min(command.count, isOneByOne ? 1 : this.options.maxInFlight);
    if (count > this.remainingRequests) return this.#finish(true);
    if (command.kind === 'launch') return { kind: 'send', probes: this.#open(count, this.probeKind, 'primary', false) };
    return { kind: 'send', probes: this.#open(count, command.probe, command.identity, true) };
  }

  useValid(): void {
    this.probeKind = 'valid';
    this.#countedSince = this.requests.length;
    this.lab = this.#newLab(MODELS, RESERVE);
  }

  /** Nothing is known yet. */
  #newLab(models: readonly Model[], reserve: readonly Model[] = []): Lab {
    const lab = new Lab(new Log(), models, reserve);
    lab.log.isFresh = !this.isQuotaMaybeUsed;
    return lab;
  }

  #restart(): Step {
    const { countsInvalid } = this.#script.answers;
    this.isCareful = true;
    this.#countedSince = this.requests.length;
    this.lab = this.#newLab(MODELS, RESERVE);
    this.first = null;
    this.other = null;
    this.#script = new Script(new Course(this));
    this.#script.answers.countsInvalid = countsInvalid;
    this.#run = this.#script.run();
    return { kind: 'wait', untilMs: this.#nowMs };
  }

  get isQuotaMaybeUsed(): boolean {
    return this.options.isQuotaMaybeUsed || this.isCareful;
  }

  beginSecondTier(sinceRequests: number, { model }: Pace, isProven: boolean): boolean {
    const { lab } = this;
    const { bounds } = lab;
    const live = this.#newLab([model]);
    const behind = this.#newLab(MODELS, RESERVE);
    if (bounds !== null) live.begin(bounds);
    // Each rejection is held against what the first limit had left at that moment.
    this.#replay([live.log, behind.log], 0, (request) => {
      const { number, receivedAtMs, outcome } = request;
      if (outcome === 'rejected' && number <= sinceRequests) {
        live.log.settle(number, receivedAtMs, 'rejected');
        behind.log.forget(number);
      } else bookInBoth(request, behind.log, live, outcome ?? 'lost');
    });
    // What the first limit should not have let through is no second limit's; what it cannot explain is not known of it.
    live.refineLeader();
    if (behind.log.lastRejection === null || live.leader === null) return false;
    this.first = { lab, live, isProven };
    this.lab = behind;
    this.other = live;
    return true;
  }

  explainsSince(sinceRequests: number, model: Model, windowMs: Range): boolean {
    const { bounds } = this.lab;
    if (bounds === null) return true;
    const lab = new Lab(new Log(), [model]);
    this.#replay([lab.log], sinceRequests, ({ number, receivedAtMs, outcome }) =>
      lab.log.settle(number, receivedAtMs, fateOf(outcome ?? 'lost')),
    );
    lab.begin({ ...bounds, windowMs });
    for (const _ of lab.refine());
    return lab.alive.length > 0;
  }

  /** Writes what was sent after so many requests into other books, in the order in which it happened. */
  #replay(logs: readonly Log[], sinceRequests: number, settle: (request: Request) => void): void {
    const opened = new Map<Volley, Entry[]>();
    const events = this.requests
      .filter((request) => this.#isCounted(request) && request.number > sinceRequests)
      .flatMap((request) => {
        const { entry, number, sentAtMs, receivedAtMs, outcome } = request;
        const send = (): void => {
          // What a volley is depends on what was known when it was opened.
          const entries = opened.get(entry.volley) ?? logs.map((log) => open(log, number));
          opened.set(entry.volley, entries);
          for (const { log, volley } of entries) log.send(volley, number, sentAtMs);
        };
        return [
          { atMs: sentAtMs, run: send },
          ...(outcome === null ? [] : [{ atMs: receivedAtMs, run: () => settle(request) }]),
        ];
      });
    for (const { run } of events.sort((one, other) => one.atMs - other.atMs)) run();
  }

  returnToFirst(): void {
    const { first, lab: behind } = this;
    if (first === null || first.lab.bounds === null) return;
    this.#behind = behind;
    this.lab = this.#heldAgainst(behind, first.lab.bounds);
    this.other = behind;
  }

  *endReturn(isProven: boolean): Thinking {
    const { first, lab } = this;
    const behind = this.#behind;
    if (first === null || behind === null) return;
    this.#behind = null;
    const { bounds } = behind;
    const isKnown = lab.leader !== null && bounds !== null;
    this.first = isKnown ? { lab, live: lab, isProven } : { ...first, isProven: false };
    this.other = this.first.live;
    this.lab = behind;
    if (!isKnown || !isProven) return;
    // What was taken for the second limit's when less was known of the first may have been the first one's.
    this.lab = this.#heldAgainst(lab, bounds);
    yield* this.lab.refine();
    if (this.lab.useReserve()) yield* this.lab.refine();
    yield* this.lab.refineRivals(EXHAUSTIVE);
  }

  /**
   * Everything from the beginning, as one limit of two sees it: a rejection is its own only where the other one surely
   * had room. One that comes before much is known of the other limit is soon taken for the wrong one's.
   */
  #heldAgainst(other: Lab, bounds: Bounds): Lab {
    const lab = this.#newLab(MODELS, RESERVE);
    other.refineLeader();
    this.#replay([lab.log], 0, ({ number, sentAtMs, receivedAtMs, outcome }) => {
      const isOthers = outcome === 'rejected' && (other.leader?.quota(sentAtMs, receivedAtMs)[0] ?? 0) < 1;
      if (isOthers) lab.log.forget(number);
      else lab.log.settle(number, receivedAtMs, fateOf(outcome ?? 'lost'));
    });
    lab.begin(bounds);
    return lab;
  }

  /** Of the script that is in charge. */
  get #current(): Course {
    return (this.#behind === null ? (this.#script.second ?? this.#script) : this.#script).course;
  }

  sent(id: number, atMs: number): void {
    const request = this.requests[id - 1];
    if (request === undefined) return;
    this.#sendingMs = Math.max(atMs - request.sentAtMs, LATE_MEMORY * this.#sendingMs);
    request.sentAtMs = atMs;
    if (!this.#isCounted(request)) return;
    for (const entry of [request.entry, request.entryOfOther]) entry?.log.send(entry.volley, id, atMs);
  }

  observe({ id, receivedAtMs, status, lost, headers }: Answer): void {
    const request = this.requests[id - 1];
    if (request === undefined || request.outcome !== null) return;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, receivedAtMs);
    request.receivedAtMs = receivedAtMs;
    request.status = status;
    request.outcome = lost ? 'lost' : this.#outcomeOf(request.kind, status);
    if (request.outcome === 'rejected') {
      this.#hintMs = returnHintMs(headers, receivedAtMs, this.options.wallClockAtZeroMs) ?? this.#hintMs;
    }
    if (!lost) {
      const tookMs = receivedAtMs - request.sentAtMs;
      this.#answered += 1;
      if (this.#answered === 1) this.#firstMs = tookMs;
      if (this.#answered > 1) {
        this.#slowestMs = Math.max(this.#slowestMs, tookMs);
        const usualMs = request.outcome === 'rejected' && this.#rejectionMs > 0 ? this.#rejectionMs : this.#roundTripMs;
        const offMs = Math.abs(tookMs - usualMs);
        if (usualMs > 0) this.#deviationMs += (offMs - this.#deviationMs) / Math.min(this.#answered - 1, 20);
        if (request.outcome === 'rejected') {
          this.#rejectionMs += (tookMs - this.#rejectionMs) * (this.#rejectionMs === 0 ? 1 : 0.2);
        }
        this.#roundTripMs += (tookMs - this.#roundTripMs) / Math.min(this.#answered - 1, 20);
      }
    }
    const { entry, entryOfOther, outcome } = request;
    if (this.#isCounted(request)) {
      if (entryOfOther === null || this.other === null) entry.log.settle(id, receivedAtMs, fateOf(outcome));
      else bookInBoth(request, entry.log, this.other, outcome);
    } else if (outcome === 'admitted') entry.volley.admitted += 1;
    else if (outcome === 'rejected') entry.volley.rejected += 1;
  }

  progress(nowMs: number): Progress {
    return {
      phase: this.#isDone ? 'done' : this.#current.phase,
      known: this.verdict().summary,
      secondsLeft: this.#isDone ? 0 : this.#current.secondsLeft(nowMs),
      requests: this.requests.length,
    };
  }

  verdict(): LimitsVerdict {
    return toVerdict({
      options: this.options,
      lab: this.lab,
      first: this.first,
      script: this.#script,
      observations: this.observations(),
      foretold: this.foretold(),
      rejectingStatus: this.rejectingStatus ?? this.options.rejectionStatus,
      isOverBudget: this.isOverBudget,
      isCareful: this.isCareful,
      isDone: this.#isDone,
      startMs: this.#startMs ?? 0,
    });
  }

  observations(): readonly Observation[] {
    return this.requests.flatMap(({ number, kind, identity, sentAtMs, receivedAtMs, status, outcome }) =>
      outcome === null ? [] : [{ number, kind, identity, sentAtMs, receivedAtMs, status, outcome }],
    );
  }

  /** The round since the script said that everything is settled, held against what was seen. */
  foretold(): Proof | null {
    const since = this.#current.proof.since;
    if (since === null) return null;
    const foretold = this.requests.slice(since, this.#current.asideSince ?? undefined).flatMap((request) => {
      const { foretold: told, outcome, receivedAtMs } = request;
      if (told === null || outcome === null) return [];
      const isInTime = receivedAtMs <= told.untilMs;
      const [least, most] = isInTime ? told.range : [0, told.of];
      const predicted = least >= told.of ? 'admitted' : most <= 0 ? 'rejected' : 'either';
      return [{ ...request, outcome, predicted, isInTime, range: told.range } as const];
    });
    const decided = foretold.filter(({ outcome }) => outcome === 'admitted' || outcome === 'rejected');
    const sure = decided.filter(({ predicted }) => predicted !== 'either');
    const late = new Set(foretold.filter(({ isInTime }) => !isInTime).map(({ entry }) => entry.volley));
    const wholes = decided.filter(
      ({ entry: { volley } }) => volley.admitted + volley.rejected === volley.size && !late.has(volley),
    );
    const hasFailed =
      sure.some(({ predicted, outcome }) => predicted !== outcome) ||
      wholes.some(({ entry: { volley }, range: [least, most] }) => volley.admitted < least || volley.admitted > most);
    const admitted = sure.filter(({ predicted }) => predicted === 'admitted').length;
    // Of a volley with more than the quota it is foretold how many are admitted, if not which.
    const counted = new Map(
      wholes.flatMap(({ entry: { volley }, range, predicted }) =>
        predicted === 'either' && (range[0] > 0 || range[1] < volley.size) ? [[volley, range] as const] : [],
      ),
    );
    const missingBits = this.#missingBits(admitted, sure.length - admitted, [...counted]);
    const last = foretold.at(-1);
    // Of a volley of which some were foretold to be admitted and were, the others are this limit's.
    const isCounted = last !== undefined && (counted.get(last.entry.volley)?.[0] ?? 0) > 0;
    const isOpen = last?.outcome === 'rejected' && last.predicted !== 'rejected' && !isCounted;
    const isReturnForetold = [...counted.values()].some(([least, most]) => least === most) || this.#hasReturn(sure);
    return {
      against: this.#current.proof.against,
      round: foretold.map(({ number, predicted, outcome }) => ({ number, predicted, seen: outcome })),
      holds: !hasFailed && missingBits <= 0 && !isOpen && isReturnForetold,
      hasFailed,
      missingBits,
      isOpen,
    };
  }

  /**
   * A rejection, and soon after it an admission: what stays rejected for long, or is admitted long after, says little of
   * when quota returns.
   */
  #hasReturn(sure: readonly { readonly outcome: Outcome; readonly sentAtMs: number }[]): boolean {
    const { leader } = this.lab;
    const windowMs = leader?.range('windowMs');
    // Where rejections count, one just before would put the return off.
    if (!windowMs || leader?.model.countsRejected === true) return true;
    const mostMs = RETURN_SHARE * windowMs[1] + RETURN_FORETELLS * this.foretellMs;
    let rejectedAtMs = Number.NEGATIVE_INFINITY;
    for (const { outcome, sentAtMs } of sure) {
      if (outcome === 'rejected') rejectedAtMs = sentAtMs;
      else if (sentAtMs - rejectedAtMs <= mostMs) return true;
    }
    return false;
  }

  /**
   * So much less of a surprise than a proof has to be would it be, had each answer been drawn at random. `wholes`: of
   * which so many were foretold to be admitted, at least and at most, if not which.
   */
  #missingBits(admitted: number, rejected: number, wholes: readonly (readonly [Volley, Range])[]): number {
    const isAdmissionForetold = admitted > 0 || wholes.some(([, [least]]) => least > 0);
    const isRejectionForetold = rejected > 0 || wholes.some(([{ size }, [, most]]) => most < size);
    if (!isAdmissionForetold || !isRejectionForetold) return PROOF_BITS;
    const fates = this.requests
      .slice(0, this.#current.asideSince ?? undefined)
      .filter(({ outcome }) => outcome === 'admitted' || outcome === 'rejected');
    const share = fates.filter(({ outcome }) => outcome === 'admitted').length / fates.length;
    const bitsOf = (admits: number, rejects: number): number =>
      -(admits === 0 ? 0 : admits * Math.log2(share)) - (rejects === 0 ? 0 : rejects * Math.log2(1 - share));
    const ofWholes = wholes.map(([{ size }, [least, most]]) => {
      let likelihood = 0;
      for (let admits = least; admits <= most; admits += 1) {
        likelihood += 2 ** (log2Choose(size, admits) - bitsOf(admits, size - admits));
      }
      return Math.max(0, -Math.log2(likelihood));
    });
    return PROOF_BITS - bitsOf(admitted, rejected) - ofWholes.reduce((sum, bits) => sum + bits, 0);
  }

  #isCounted({ kind, identity, number }: Request): boolean {
    return kind === this.probeKind && identity === 'primary' && number > this.#countedSince;
  }

  #finish(isOverBudget: boolean): Step {
    this.#isDone = true;
    this.isOverBudget = isOverBudget;
    for (const _ of this.endReturn(false));
    const isLate = this.elapsedMs > this.#lastSendMs;
    // Where no time is left, the latest answers are held against the leader only: slow interpreters think for seconds.
    if (isLate) this.lab.refineLeader();
    else if (this.#current.asideSince === null) for (const _ of this.lab.refine());
    return { kind: 'done' };
  }

  #open(count: number, kind: ProbeKind, identity: ProbeIdentity, isWaitedFor: boolean): Probe[] {
    const first = this.requests.length + 1;
    const isAside = this.#current.asideSince !== null || kind !== this.probeKind || identity !== 'primary';
    const entry = open(isAside ? this.#aside : this.lab.log, first);
    const entryOfOther = isAside || this.other === null ? null : open(this.other.log, first);
    const isChanged = this.lab.log.revision !== this.#preparedRevision;
    if (isWaitedFor && this.#current.proof.since !== null && isChanged) this.lab.refineLeader();
    const leader = this.#current.proof.since === null ? null : this.lab.leader;
    // Foretold for any decision until then; an answer that takes longer was foretold nothing.
    const untilMs = this.#nowMs + this.foretellMs;
    const quota = leader === null ? null : leader.quota(this.#nowMs - 1, untilMs);
    const range: Range | null = quota === null ? null : [Math.min(count, quota[0]), Math.min(count, quota[1])];
    for (let number = first; number < first + count; number += 1) {
      this.requests.push({
        number,
        kind,
        identity,
        entry,
        entryOfOther,
        sentAtMs: this.#nowMs,
        receivedAtMs: Number.POSITIVE_INFINITY,
        status: null,
        outcome: null,
        foretold: range === null ? null : { range, untilMs, of: count },
      });
    }
    if (isWaitedFor) this.#waiting = { volley: entry.volley, first, last: first + count - 1, isPatient: false };
    return this.requests.slice(first - 1).map(({ number }) => ({ id: number, kind, identity }));
  }

  /** When to stop waiting for the rest of a volley; now, when all of it is there. */
  #patienceEndsMs(): number {
    const waiting = this.#waiting;
    if (waiting === null) return this.#nowMs;
    let isComplete = true;
    let sentAtMs = 0;
    for (let number = waiting.first; number <= waiting.last; number += 1) {
      const request = this.requests[number - 1];
      if (request === undefined) continue;
      sentAtMs = Math.max(sentAtMs, request.sentAtMs);
      if (request.outcome === null) {
        isComplete = false;
        break;
      }
    }
    if (isComplete) return this.#nowMs;
    if (waiting.isPatient) return Number.POSITIVE_INFINITY;
    if (this.#answered === 0) return sentAtMs + this.options.requestTimeoutMs;
    return Math.max(sentAtMs, this.#lastArrivalMs) + Math.max(PATIENCE_MS, PATIENCE_ROUND_TRIPS * this.#slowestMs);
  }

  #outcomeOf(kind: ProbeKind, status: number | null): Outcome {
    const { options } = this;
    if (status === null) return 'lost';
    const expected =
      kind === 'valid'
        ? options.successStatuses
        : kind === 'invalid'
          ? options.invalidStatuses
          : options.unauthorizedStatuses;
    if (expected.includes(status)) return 'admitted';
    if (status === options.rejectionStatus) {
      if (this.rejectingStatus !== status) this.rejectingStatus = status;
      return 'rejected';
    }
    if (options.invalidStatuses.includes(status) || options.unauthorizedStatuses.includes(status)) return 'other';
    if (this.rejectingStatus !== null && this.rejectingStatus !== status) return 'other';
    this.rejectingStatus = status;
    return 'rejected';
  }
}

/** Of the number of ways to choose so many of so many. */
function log2Choose(of: number, count: number): number {
  let bits = 0;
  for (let one = 1; one <= count; one += 1) bits += Math.log2((of - count + one) / one);
  return bits;
}

function open(log: Log, firstNumber: number): Entry {
  return { log, volley: log.open(firstNumber) };
}

/**
 * Where there are two limits: whose rejection it was. The other one's only if that had nothing left, this one's only if
 * the other one surely let it through; else nobody's.
 */
function bookInBoth(
  request: Pick<Request, 'number' | 'sentAtMs' | 'receivedAtMs'>,
  log: Log,
  other: Lab,
  outcome: Outcome,
): void {
  const { number, sentAtMs, receivedAtMs } = request;
  if (outcome !== 'rejected') {
    for (const book of [log, other.log]) book.settle(number, receivedAtMs, fateOf(outcome));
    return;
  }
  const quota = (): Range => {
    other.refineLeader();
    return other.leader?.quota(sentAtMs, receivedAtMs) ?? [0, Number.POSITIVE_INFINITY];
  };
  if (quota()[1] <= 0) {
    other.log.settle(number, receivedAtMs, 'rejected');
    log.forget(number);
    return;
  }
  // As long as it is under way as far as the other's books know, it may have taken the last place itself.
  other.log.forget(number);
  if (quota()[0] >= 1) log.settle(number, receivedAtMs, 'rejected');
  else log.forget(number);
}

function fateOf(outcome: Outcome): Fate {
  return outcome === 'admitted' || outcome === 'rejected' ? outcome : 'unknown';
}
