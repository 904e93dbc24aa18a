/**
 * A server and a network under a virtual clock: runs an engine against a limiter in as little time as it takes to
 * compute. Each request is decided at a random moment between sending and receiving, so requests in flight together
 * overtake each other; some answers get lost on the way back, and some requests on the way there.
 */
import type { Engine, Probe } from '../engine.ts';

/** What the simulator needs of a limiter: the shape of `load/limiters`, and of anything else that decides. */
export interface Decider {
  decide(
    nowMs: number,
    key: string,
  ): {
    readonly admitted: boolean;
    readonly delayMs?: number;
    readonly status?: number;
    readonly release?: (nowMs: number) => void;
  };
}

export interface Network {
  /** Uniform random numbers in [0, 1). */
  readonly random: () => number;
  /** Shortest time from sending to receiving, and how much comes on top, exponentially distributed, on average. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Share of requests of which no answer comes; half of them never reach the server. */
  readonly lossRatio: number;
  /** On top for the very first request. */
  readonly coldStartMs: number;
  readonly timeoutMs: number;
  /** Time that the server works on an admitted request, after the decision. */
  readonly serviceMs: number;
  /** Clock of the limiter at virtual time 0. */
  readonly clockAtZeroMs: number;
  /** So long after the engine asked for it a request goes out: an interpreter takes its time. Left out: at once. */
  readonly sendingMs?: number;
  /** So long the engine computes between two pauses; left out: no time. */
  readonly thinkingMs?: number;
}

export interface SimulatedRun {
  readonly endMs: number;
  readonly requests: number;
}

/** Statuses of the answers to each kind of probe, and whether the limiter is asked about it at all. */
export interface ServerRules {
  readonly admittedStatus: number;
  readonly rejectedStatus: number;
  readonly invalidStatus: number;
  readonly unauthorizedStatus: number;
  readonly countsInvalid: boolean;
  readonly countsUnauthorized: boolean;
  /** The limiter's key for a request: by API key, by address, or the same for all. */
  readonly scope: 'key' | 'address' | 'global';
  /** Share of requests that fail with 503 for reasons of their own, after they were counted. */
  readonly failureRatio: number;
}

export const PLAIN_SERVER: ServerRules = {
  admittedStatus: 201,
  rejectedStatus: 429,
  invalidStatus: 400,
  unauthorizedStatus: 401,
  countsInvalid: false,
  countsUnauthorized: false,
  scope: 'key',
  failureRatio: 0,
};

/** Events by time; ties in the order of scheduling. */
class Agenda {
  readonly #heap: { atMs: number; order: number; run: () => void }[] = [];
  #scheduled = 0;

  get nextAtMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  schedule(atMs: number, run: () => void): void {
    const heap = this.#heap;
    const event = { atMs, order: this.#scheduled, run };
    this.#scheduled += 1;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parentAt = (at - 1) >>> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isBefore(event, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = event;
  }

  /** Takes the earliest event off the agenda. */
  take(): (() => void) | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (heap.length > 0) {
      let at = 0;
      for (;;) {
        const left = heap[2 * at + 1];
        if (left === undefined) break;
        const right = heap[2 * at + 2];
        const childAt = right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
        const child = childAt === 2 * at + 1 ? left : right;
        if (child === undefined || !isBefore(child, last)) break;
        heap[at] = child;
        at = childAt;
      }
      heap[at] = last;
    }
    return first.run;
  }
}

function isBefore(a: { atMs: number; order: number }, b: { atMs: number; order: number }): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Runs the engine until it is done; throws when it makes no headway. */
export function simulate(engine: Engine, limiter: Decider, network: Network, server = PLAIN_SERVER): SimulatedRun {
  const { random } = network;
  const agenda = new Agenda();
  let nowMs = 0;
  let requests = 0;
  let idleSteps = 0;

  const send = (probe: Probe): void => {
    const sentAtMs = nowMs;
    engine.sent(probe.id, sentAtMs);
    const roundTripMs =
      network.latencyMs - network.jitterMs * Math.log(1 - random()) + (requests === 0 ? network.coldStartMs : 0);
    requests += 1;
    const arrivesAtMs = sentAtMs + roundTripMs * random();
    const isLost = random() < network.lossRatio;
    const isLostBefore = isLost && random() < 0.5;
    if (isLost) {
      agenda.schedule(sentAtMs + network.timeoutMs, () =>
        engine.observe({ id: probe.id, receivedAtMs: nowMs, status: null, lost: true, headers: {} }),
      );
    }
    if (isLostBefore) return;
    agenda.schedule(arrivesAtMs, () => {
      const { status, delayMs, release } = answer(probe);
      const serviceMs = delayMs + (status === server.admittedStatus ? network.serviceMs : 0);
      if (release !== undefined) {
        agenda.schedule(nowMs + serviceMs, () => release(nowMs + network.clockAtZeroMs));
      }
      if (isLost) return;
      agenda.schedule(sentAtMs + roundTripMs + serviceMs, () =>
        engine.observe({ id: probe.id, receivedAtMs: nowMs, status, lost: false, headers: {} }),
      );
    });
  };

  const answer = (probe: Probe): { status: number; delayMs: number; release?: (nowMs: number) => void } => {
    const usual =
      probe.kind === 'valid'
        ? server.admittedStatus
        : probe.kind === 'invalid'
          ? server.invalidStatus
          : server.unauthorizedStatus;
    const isCounted =
      probe.kind === 'valid' || (probe.kind === 'invalid' ? server.countsInvalid : server.countsUnauthorized);
    if (!isCounted) return { status: usual, delayMs: 0 };
    const key =
      server.scope === 'global'
        ? 'all'
        : server.scope === 'key'
          ? `key ${probe.identity === 'second-key' ? 2 : 1}`
          : `address ${probe.identity === 'second-address' ? 2 : 1}`;
    const { admitted, delayMs = 0, status, release } = limiter.decide(nowMs + network.clockAtZeroMs, key);
    const failed = server.failureRatio > 0 && random() < server.failureRatio;
    return {
      status: failed ? 503 : admitted ? usual : (status ?? server.rejectedStatus),
      delayMs,
      ...(release === undefined ? {} : { release }),
    };
  };

  for (;;) {
    const step = engine.next(nowMs);
    if (step.kind === 'done') return { endMs: nowMs, requests };
    if (step.kind === 'send') {
      nowMs += network.sendingMs ?? 0;
      for (const probe of step.probes) send(probe);
      idleSteps = 0;
      continue;
    }
    // Asked again at once: it computed, and has more to compute.
    if (step.untilMs <= nowMs && network.thinkingMs !== undefined) {
      nowMs += network.thinkingMs;
      while (agenda.nextAtMs <= nowMs) agenda.take()?.();
      continue;
    }
    const untilMs = Math.min(step.untilMs, agenda.nextAtMs);
    if (untilMs === Number.POSITIVE_INFINITY) throw new Error('the engine waits for nothing');
    if (untilMs <= nowMs) idleSteps += 1;
    else idleSteps = 0;
    if (idleSteps > 100_000) throw new Error('the engine makes no headway');
    nowMs = Math.max(nowMs, untilMs);
    while (agenda.nextAtMs <= nowMs) agenda.take()?.();
  }
}

/** Mulberry32: small, fast, and good enough for simulations; the same seed gives the same numbers. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
