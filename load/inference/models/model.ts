/**
 * What a limiter model is to the engine: parameters with ranges, and a test whether a whole box of parameters can
 * explain what was seen. The test may only ever err on one side: a box that holds the true parameters is never
 * refuted. That makes "refuted" a proof, however uncertain the moments of decision are.
 */
import type { Algorithm, Range } from '../engine.ts';
import type { Log, Volley } from '../log.ts';
import type { Contracted } from './grid.ts';

/** Low and high of each parameter, in the order of the model's `parameters`. */
export type Box = readonly Range[];

export interface Parameter {
  readonly name: 'windowMs' | 'phaseMs' | 'refillPerMs' | 'intervalMs' | 'perStep' | 'rounding' | 'banMs';
  /** Whole numbers only. */
  readonly isWhole: boolean;
  /** How early whole numbers are cut: a range of n of them counts as log2(n) × weight cuts. */
  readonly weight: number;
  /** No use in cutting a range that is narrower than this; Infinity: it follows from the log, and is never cut. */
  readonly finest: number;
  /** Index of the length that this parameter is a phase of: phases that differ by a length are the same. */
  readonly lengthIndex?: number;
}

/** A box of parameters held against a log. */
export interface Explanation {
  /** Number of an observation that no capacity explains together with what came before; null: the box survives. */
  readonly contradiction: number | null;
  /** The volleys that contradict each other. */
  readonly culprits: readonly Volley[];
  /** Capacities that explain everything, given the other parameters; empty (low > high) after a contradiction. */
  readonly capacity: Range;
  /** At least and at most so many requests more would be admitted, were they decided within [fromMs, toMs]. */
  quota(fromMs: number, toMs: number): Range;
}

export interface Model {
  readonly name: string;
  readonly title: string;
  readonly algorithm: Algorithm;
  readonly anchor: 'first-request' | 'clock' | null;
  /** null: makes no difference for this model. */
  readonly countsRejected: boolean | null;
  readonly parameters: readonly Parameter[];
  /** Does nearly what the model of this name does: worth looking at only when that one is known, or has fallen. */
  readonly variantOf?: string;
  /** The box that holds all parameters worth considering, given what was seen so far. */
  start(bounds: Bounds): Box;
  /** Narrows a box without cutting it; what it takes away cannot explain the log. */
  contract?(box: Box, log: Log, capacity: Range): Contracted;
  /**
   * Capacity is no side of the box: it follows from the other parameters, within `capacity`. `suspects` are volleys
   * that refuted similar boxes, and are worth looking at first. The volleys before index `since` were held against
   * this box before, and `capacity` is what came out.
   */
  explain(box: Box, capacity: Range, log: Log, suspects: readonly Volley[], since: number): Explanation;
}

/** What is sure of the scale of things, before any model is asked. */
export interface Bounds {
  readonly capacity: Range;
  readonly windowMs: Range;
  readonly refillPerMs: Range;
  /** Span in which a boundary surely lies, if there are boundaries. */
  readonly boundaryMs: Range;
}

/** Shorter windows are not looked for: they could not be told from jitter. */
export const SHORTEST_WINDOW_MS = 50;

export const windowMs: Parameter = { name: 'windowMs', isWhole: false, weight: 0, finest: 1 };

/** Where a grid lies whose length is parameter `lengthIndex`. */
export function phaseAfter(lengthIndex: number): Parameter {
  return { name: 'phaseMs', isWhole: false, weight: 0, finest: 1, lengthIndex };
}

export function low(box: Box, index: number): number {
  const range = box[index];
  if (range === undefined) throw new RangeError(`box has no parameter ${index}`);
  return range[0];
}

export function high(box: Box, index: number): number {
  const range = box[index];
  if (range === undefined) throw new RangeError(`box has no parameter ${index}`);
  return range[1];
}

/** Narrows capacity from both sides, and keeps the volleys that did so. */
export class CapacityBounds {
  least: number;
  most: number;
  #leastBy: Volley | null = null;
  #mostBy: Volley | null = null;

  constructor([least, most]: Range) {
    this.least = least;
    this.most = most;
  }

  atLeast(least: number, by: Volley): void {
    if (least <= this.least) return;
    this.least = least;
    this.#leastBy = by;
  }

  atMost(most: number, by: Volley): void {
    if (most >= this.most) return;
    this.most = most;
    this.#mostBy = by;
  }

  get isContradiction(): boolean {
    return this.least > this.most;
  }

  /** The volleys that contradict each other; []: none do. */
  get culprits(): readonly Volley[] {
    return this.isContradiction ? [this.#leastBy, this.#mostBy].filter((by) => by !== null) : [];
  }

  /** Number of the later one of the observations that contradict each other; null: none do. */
  get contradiction(): number | null {
    if (!this.isContradiction) return null;
    return Math.max(this.#leastBy?.admittedNumber ?? 0, this.#mostBy?.rejectedNumber ?? 0);
  }

  get range(): Range {
    return [this.least, this.most];
  }
}

/**
 * In a span of this length lie parts of at most `span / window + 2` windows: how much the first burst says about
 * windows that hold no more than their capacity each, wherever they begin.
 */
export function boundByFirstBurst(bounds: CapacityBounds, windowLowMs: number, log: Log): void {
  let byMs = log.firstSentMs;
  let by: Volley | null = null;
  for (const volley of log.volleys) {
    if (volley.admitted > 0) {
      byMs = Math.max(byMs, volley.admittedByMs);
      by = volley;
    }
    if (volley.rejected > 0) break;
  }
  if (by === null) return;
  const windows = Math.floor((byMs - log.firstSentMs) / windowLowMs) + 2;
  bounds.atLeast(Math.ceil(log.surelyAdmitted(log.firstSentMs, byMs) / windows), by);
}

/** The same of a single volley, which may have taken longer than a window; of a log, parts of one span fewer. */
export function boundByVolley(bounds: CapacityBounds, volley: Volley, windowLowMs: number, more: 1 | 2): void {
  const windows = Math.floor((volley.admittedByMs - volley.sentAtMs) / windowLowMs) + more;
  bounds.atLeast(Math.ceil(volley.admitted / windows), volley);
}

/**
 * Holds every volley against a model, the suspects first, until there is a contradiction. Where quota only returns with
 * time (rejected requests do not count), superseded ones say nothing new.
 */
export function lookAt(
  look: (volley: Volley) => void,
  bounds: CapacityBounds,
  suspects: readonly Volley[],
  log: Log,
  since: number,
  countsRejected: boolean,
): void {
  for (const volley of suspects) {
    look(volley);
    if (bounds.isContradiction) return;
  }
  for (let index = since; index < log.volleys.length; index += 1) {
    const volley = log.volleys[index];
    if (volley !== undefined && (countsRejected || !volley.isSuperseded)) look(volley);
    if (bounds.isContradiction) return;
  }
}
