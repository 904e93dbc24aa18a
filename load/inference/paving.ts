/**
 * A model together with the boxes of parameters that may still be true: set inversion by bisection (Jaulin & Walter
 * 1993). A box that cannot explain what was seen is dropped, one that may is cut in half along its least fine side,
 * until there are as many boxes as are worth their time. What is left encloses the truth if the model is right.
 */
import type { Range } from './engine.ts';
import type { Log, Volley } from './log.ts';
import type { Bounds, Box, Explanation, Model, Parameter } from './models/model.ts';

/** A box that explains everything so far. */
interface Tile {
  readonly box: Box;
  /** So many volleys of the log were held against it and will not change any more. */
  readonly seen: number;
  readonly explanation: Explanation;
  /** How many cuts in half it is away from being fine along its least fine side, and which side that is. */
  readonly cuts: number;
  readonly side: number;
}

/** What would be admitted, by a hypothesis or by one choice of its parameters. */
export interface Foreteller {
  quota(fromMs: number, toMs: number): Range;
  /** Length of its window at most; null: it has none. */
  readonly windowMs: number | null;
}

/** Computing that pauses now and then; what it changes is changed at its end. */
export type Thinking = Generator<void, void, void>;

/** Boxes that are held against the log between two pauses: a few ten ms in k6's interpreter. */
const BETWEEN_PAUSES = 12;

export class Hypothesis {
  readonly model: Model;
  readonly #capacity: Range;
  #start: Box;
  /** `#start` was moved since the tiles were cut from it. */
  #isMoved = false;
  /** null: not held against anything yet. */
  #tiles: readonly Tile[] | null = null;
  /** Volleys that refuted boxes lately, the latest first. */
  #suspects: Volley[] = [];
  /** A fine box of which some point explains everything, as of the last `tryToRefute`. */
  #example: Tile | null = null;
  /** The observation without which some box would still stand. */
  #latestContradiction = 0;
  /** Ranges as they were last asked for: there are many more questions than changes. */
  readonly #ranges = new Map<string, Range | null>();

  constructor(model: Model, bounds: Bounds) {
    this.model = model;
    this.#start = model.start(bounds);
    this.#capacity = bounds.capacity;
  }

  /** Begins anew with a grid anchored elsewhere; what is known of lengths is kept. */
  reanchor(bounds: Bounds): void {
    const phaseAt = this.model.parameters.findIndex(({ lengthIndex }) => lengthIndex !== undefined);
    if (phaseAt < 0 || this.model.contract === undefined) return;
    const fresh = this.model.start(bounds);
    this.#start = fresh.map((range, at) => {
      const parameter = this.model.parameters[at];
      return at === phaseAt || parameter === undefined ? range : (this.range(parameter.name) ?? range);
    });
    this.#isMoved = true;
    this.#ranges.clear();
  }

  get isAlive(): boolean {
    return this.#tiles === null || this.#tiles.length > 0;
  }

  /** Number of the observation that refuted the last of the boxes; null while alive. */
  get refutedBy(): number | null {
    return this.isAlive ? null : this.#latestContradiction;
  }

  /**
   * Holds the boxes against the log, and cuts the coarsest of those that stand until there are `most` of them, or all
   * are fine, or enough has been tried.
   */
  refine(log: Log, most: number): void {
    for (const _ of this.refineInSteps(log, most));
  }

  /** The same, with pauses. */
  *refineInSteps(log: Log, most: number): Thinking {
    this.#example = null;
    let held = 0;
    const { parameters } = this.model;
    const heap = new CoarsestFirst();
    const seen = log.settledVolleys;
    const consider = (whole: Box, capacity: Range, since: number): void => {
      held += 1;
      const kept = this.#hold(whole, capacity, log, since);
      if (kept !== null) heap.add({ ...kept, seen, ...coarsenessOf(kept.box, parameters) });
    };
    const rest = this.#isMoved ? [] : [...(this.#tiles ?? [])];
    if (this.#tiles === null || this.#isMoved) consider(this.#start, this.#capacity, 0);
    try {
      for (let tile = rest.pop(); tile !== undefined; tile = rest.pop()) {
        consider(tile.box, tile.explanation.capacity, tile.seen);
        if (held % BETWEEN_PAUSES === 0) yield;
      }
      // Of one length or rate only the least and the most matter: just the boxes at the ends are cut.
      const isLine = parameters.filter(({ finest }) => finest < Number.POSITIVE_INFINITY).length === 1;
      for (let tries = isLine ? MOST_END_CUTS : most * TRIES; tries > 0; tries -= 1) {
        if (tries % (BETWEEN_PAUSES / 2) === 0) yield;
        const next = isLine ? heap.takeEnd() : heap.size < most ? heap.takeCoarsest() : undefined;
        if (next === undefined) break;
        // What a box allows, each half of it allows at most.
        for (const half of cut(next.box, next.side, parameters)) consider(half, next.explanation.capacity, 0);
      }
    } finally {
      // Also where whoever asked has no more time: what was found out is kept.
      this.#settle([...heap.tiles, ...rest]);
    }
  }

  #settle(tiles: readonly Tile[]): void {
    this.#tiles = tiles;
    this.#isMoved = false;
    this.#ranges.clear();
  }

  /**
   * Looks for parameters that explain everything, in the finest boxes first: if there are none, the model is refuted.
   * Ends with the first that are found, or after so many tries, and keeps what was not looked at. What was found the
   * last time comes first: as long as that explains everything, nothing else is looked at.
   */
  *tryToRefute(log: Log, tries: number): Thinking {
    const { parameters } = this.model;
    const seen = log.settledVolleys;
    const stack: Tile[] = [];
    /** Not held against the latest of the log yet. */
    const waiting = this.#isMoved ? [] : [...(this.#tiles ?? [])];
    this.#example = null;
    const consider = (whole: Box, capacity: Range, since: number): void => {
      const held = this.#hold(whole, capacity, log, since);
      if (held !== null) stack.push({ ...held, seen, ...coarsenessOf(held.box, parameters, FINEST_RATIO) });
    };
    if (this.#isMoved || this.#tiles === null) consider(this.#start, this.#capacity, 0);
    try {
      for (let left = tries; left > 0; left -= 1) {
        if (left % (BETWEEN_PAUSES / 2) === 0) yield;
        const tile = stack.pop();
        if (tile === undefined) {
          const next = waiting.pop();
          if (next === undefined) break;
          consider(next.box, next.explanation.capacity, next.seen);
          continue;
        }
        const isFine = coarsenessOf(tile.box, parameters).cuts <= 0;
        if (
          isFine &&
          pointsOf(tile.box, parameters).some((point) => this.#explains(point, tile.explanation.capacity, log))
        ) {
          stack.push(tile);
          this.#example = tile;
          break;
        }
        // Very fine, and nothing in it explains what was seen: it stood for the width of its edges only.
        if (tile.cuts <= 0) continue;
        for (const half of cut(tile.box, tile.side, parameters)) consider(half, tile.explanation.capacity, 0);
      }
    } finally {
      // Also where whoever asked has no more time: what was found out is kept.
      this.#settle([...waiting, ...stack.map((tile) => ({ ...tile, ...coarsenessOf(tile.box, parameters) }))]);
    }
  }

  /**
   * Looks for parameters that explain everything with another capacity than this, in boxes cut as finely as it takes to
   * say where the grid lies at the far end of the log; where there are none, for parameters with this one. Ends with the
   * first that are found, or after so many tries; what was not looked at stays open.
   */
  *narrowCapacity(log: Log, capacity: number, tries: number): Thinking {
    const waiting = this.#tilesNow(log);
    const settled: Tile[] = [];
    const open: Tile[] = [];
    const add = (to: Tile[], tile: Tile | null): void => {
      if (tile !== null) to.push(tile);
    };
    this.#example = null;
    try {
      for (let tile = waiting.pop(); tile !== undefined; tile = waiting.pop()) {
        // Each is held against the log three times.
        if (waiting.length % (BETWEEN_PAUSES / 4) === 0) yield;
        const { box, explanation } = tile;
        const [least, most] = explanation.capacity;
        add(settled, this.#tileOf(box, [Math.max(least, capacity), Math.min(most, capacity)], log));
        add(open, this.#tileOf(box, [least, Math.min(most, capacity - 1)], log));
        add(open, this.#tileOf(box, [Math.max(least, capacity + 1), most], log));
      }
      let left = tries;
      for (; left > 0 && open.length > 0 && this.#example === null; left -= 1) {
        if (left % (BETWEEN_PAUSES / 2) === 0) yield;
        this.#example = this.#lookInside(open, log);
      }
      if (open.length > 0) return;
      for (let found: Tile | null = null; left > 0 && settled.length > 0 && found === null; left -= 1) {
        if (left % (BETWEEN_PAUSES / 2) === 0) yield;
        found = this.#lookInside(settled, log);
      }
    } finally {
      // Also where whoever asked has no more time: what was found out is kept.
      this.#settle([...settled, ...open, ...waiting]);
    }
  }

  /** What stands, or all there is where nothing was held against the log yet. */
  #tilesNow(log: Log): Tile[] {
    if (!this.#isMoved && this.#tiles !== null) return [...this.#tiles];
    const whole = this.#tileOf(this.#start, this.#capacity, log);
    return whole === null ? [] : [whole];
  }

  #tileOf(whole: Box, capacity: Range, log: Log): Tile | null {
    const held = capacity[0] > capacity[1] ? null : this.#hold(whole, capacity, log, 0);
    return held === null
      ? null
      : { ...held, seen: log.settledVolleys, ...coarsenessOf(held.box, this.model.parameters) };
  }

  /**
   * Takes the last of these boxes: returned, and back among them, if some point of it explains everything; else its
   * halves take its place, or nothing if it is as fine as need be.
   */
  #lookInside(open: Tile[], log: Log): Tile | null {
    const tile = open.pop();
    if (tile === undefined) return null;
    const { parameters } = this.model;
    const { box, explanation } = tile;
    const { drift, side } = driftOf(box, parameters, log);
    const points = drift < DRIFT_FINE ? pointsOf(box, parameters) : drift < DRIFT_SAMPLED ? [middleOf(box)] : [];
    if (points.some((point) => this.#tileOf(point, explanation.capacity, log) !== null)) {
      open.push(tile);
      return tile;
    }
    if (drift < DRIFT_FINE) return null;
    for (const half of cut(box, side, parameters)) {
      const part = this.#tileOf(half, explanation.capacity, log);
      if (part !== null) open.push(part);
    }
    return null;
  }

  /** What of a box may explain the log; null: nothing. */
  #hold(whole: Box, capacity: Range, log: Log, since: number): Pick<Tile, 'box' | 'explanation'> | null {
    const contracted = this.model.contract?.(whole, log, capacity) ?? { box: whole, contradiction: null };
    if (contracted.box === null) {
      this.#latestContradiction = Math.max(this.#latestContradiction, contracted.contradiction);
      return null;
    }
    const { box } = contracted;
    const explanation = this.model.explain(box, capacity, log, this.#suspects, since);
    for (const culprit of explanation.culprits) this.#suspect(culprit);
    if (explanation.contradiction === null) return { box, explanation };
    this.#latestContradiction = Math.max(this.#latestContradiction, explanation.contradiction);
    return null;
  }

  /** One capacity at a time: which request began which window may hang on it. */
  #explains(point: Box, capacity: Range, log: Log): boolean {
    const explain = (of: Range): Explanation => this.model.explain(point, of, log, this.#suspects, 0);
    const together = explain(capacity);
    if (together.contradiction !== null) return false;
    const [least, most] = together.capacity;
    if (least === most || most - least > MOST_CAPACITIES) return true;
    for (let one = least; one <= most; one += 1) if (explain([one, one]).contradiction === null) return true;
    return false;
  }

  #suspect(volley: Volley): void {
    if (this.#suspects[0] === volley || this.#suspects[1] === volley) return;
    this.#suspects = [volley, ...this.#suspects.filter((other) => other !== volley)].slice(0, MOST_SUSPECTS);
  }

  /** Smallest and largest value that a parameter may still have. */
  range(name: Parameter['name'] | 'capacity'): Range | null {
    const known = this.#ranges.get(name);
    if (known !== undefined) return known;
    const range = name === 'capacity' ? this.#capacityRange() : this.#parameterRange(name);
    this.#ranges.set(name, range);
    return range;
  }

  #parameterRange(name: Parameter['name']): Range | null {
    const index = this.model.parameters.findIndex((parameter) => parameter.name === name);
    if (index < 0 || !this.isAlive) return null;
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (const box of this.#tiles === null ? [this.#start] : this.#tiles.map((tile) => tile.box)) {
      const range = box[index];
      if (range === undefined) continue;
      least = Math.min(least, range[0]);
      most = Math.max(most, range[1]);
    }
    return [least, most];
  }

  #capacityRange(): Range | null {
    if (this.#tiles === null) return this.#capacity;
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    for (const { explanation } of this.#tiles) {
      least = Math.min(least, explanation.capacity[0]);
      most = Math.max(most, explanation.capacity[1]);
    }
    return this.isAlive ? [least, most] : null;
  }

  /** How far apart the ends of the range of its length or rate are; 1: not at all. */
  get spread(): number {
    const range =
      this.range('windowMs') ?? this.range('intervalMs') ?? this.range('refillPerMs') ?? this.range('banMs');
    return range === null ? Number.POSITIVE_INFINITY : range[1] / range[0];
  }

  /** What the parameters foretell that `tryToRefute` found to explain everything; null: it found none. */
  get example(): Foreteller | null {
    const example = this.#example;
    if (example === null) return null;
    const longest = example.box[this.model.parameters.findIndex(({ name }) => name === 'windowMs')];
    return {
      quota: (fromMs, toMs) => example.explanation.quota(fromMs, toMs),
      windowMs: longest === undefined ? null : longest[1],
    };
  }

  /**
   * At least and at most so many requests would be admitted, as of the last `refine`. Of a great many boxes only some
   * are asked: good enough to plan with, and whoever leads with narrow parameters has few.
   */
  quota(fromMs: number, toMs: number): Range {
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    if (this.#tiles === null || !this.isAlive) return [0, Number.POSITIVE_INFINITY];
    const asked = this.spread < NARROW ? MOST_ASKED : MOST_ASKED_ROUGHLY;
    const stride = Math.ceil(this.#tiles.length / asked);
    for (let index = 0; index < this.#tiles.length; index += stride) {
      const explanation = this.#tiles[index]?.explanation;
      if (explanation === undefined) continue;
      const [low, high] = explanation.quota(fromMs, toMs);
      least = Math.min(least, low);
      most = Math.max(most, high);
    }
    return [least, most];
  }
}

const MOST_SUSPECTS = 6;
const MOST_CAPACITIES = 40;
const MOST_ASKED = 120;
/** The same as long as its length or rate is not known to this factor. */
const MOST_ASKED_ROUGHLY = 16;
const NARROW = 1.15;

/** Boxes that fall at once are no progress towards `most`; this many times as many cuts are tried at most. */
const TRIES = 4;
/** Cuts at the ends of the range of an only parameter. */
const MOST_END_CUTS = 40;

/** A heap, the coarsest tile on top. */
class CoarsestFirst {
  readonly tiles: Tile[] = [];

  get size(): number {
    return this.tiles.length;
  }

  /** Removes and returns the coarsest tile, if that can still be cut. */
  takeCoarsest(): Tile | undefined {
    const coarsest = this.tiles[0];
    if (coarsest === undefined || coarsest.cuts <= 0) return undefined;
    this.#take();
    return coarsest;
  }

  add(tile: Tile): void {
    const { tiles } = this;
    let at = tiles.length;
    tiles.push(tile);
    while (at > 0) {
      const parentAt = (at - 1) >>> 1;
      const parent = tiles[parentAt];
      if (parent === undefined || parent.cuts >= tile.cuts) break;
      tiles[at] = parent;
      at = parentAt;
    }
    tiles[at] = tile;
  }

  /** Removes and returns the tile with the least or the most of the only parameter, if one of them can still be cut. */
  takeEnd(): Tile | undefined {
    const { tiles } = this;
    const low = (tile: Tile | undefined): number => tile?.box[0]?.[0] ?? 0;
    let first = 0;
    let last = 0;
    for (let at = 1; at < tiles.length; at += 1) {
      if (low(tiles[at]) < low(tiles[first])) first = at;
      if (low(tiles[at]) > low(tiles[last])) last = at;
    }
    const at = (tiles[first]?.cuts ?? 0) > (tiles[last]?.cuts ?? 0) ? first : last;
    const end = tiles[at];
    return end === undefined || end.cuts <= 0 ? undefined : tiles.splice(at, 1)[0];
  }

  #take(): void {
    const { tiles } = this;
    const last = tiles.pop();
    if (last === undefined || tiles.length === 0) return;
    let at = 0;
    for (;;) {
      const left = tiles[2 * at + 1];
      const right = tiles[2 * at + 2];
      if (left === undefined) break;
      const childAt = right !== undefined && right.cuts > left.cuts ? 2 * at + 2 : 2 * at + 1;
      const child = tiles[childAt];
      if (child === undefined || child.cuts <= last.cuts) break;
      tiles[at] = child;
      at = childAt;
    }
    tiles[at] = last;
  }
}

/** No use in cutting what is finer than this share of a length or rate: a good deal finer than `exact` promises. */
const FINE_RATIO = 0.003;
/** A box as fine as FINE_RATIO may stand though no point of it does: rivals are cut further before they are believed. */
const FINEST_RATIO = FINE_RATIO / 4;

/** Where the grid lies at the far end of the log is known to this share of its length: points are tried; no use in more. */
const DRIFT_SAMPLED = 0.3;
const DRIFT_FINE = 0.04;

/**
 * To what share of its length it is open where a grid lies at the far end of the log, and which side of the box that is
 * most due to; without a grid, how open the parameter is.
 */
function driftOf(box: Box, parameters: readonly Parameter[], log: Log): { drift: number; side: number } {
  const phaseAt = parameters.findIndex(({ lengthIndex }) => lengthIndex !== undefined);
  const lengthAt = parameters[phaseAt]?.lengthIndex ?? parameters.findIndex(isScale);
  const length = box[lengthAt];
  const phase = box[phaseAt];
  if (length === undefined) return { drift: 0, side: 0 };
  const [leastMs, mostMs] = length;
  if (phase === undefined) return { drift: Math.log(mostMs / leastMs), side: lengthAt };
  const lastMs = log.volleys.at(-1)?.sentAtMs ?? log.firstSentMs;
  const lengths = Math.max(lastMs - phase[0], phase[1] - log.firstSentMs) / leastMs;
  const ofLength = (lengths * (mostMs - leastMs)) / mostMs;
  const ofPhase = (phase[1] - phase[0]) / mostMs;
  return { drift: ofLength + ofPhase, side: ofLength > ofPhase ? lengthAt : phaseAt };
}

/** How many cuts in half a box is away from being fine along its least fine side, and which side that is. */
function coarsenessOf(
  box: Box,
  parameters: readonly Parameter[],
  fineRatio = FINE_RATIO,
): { cuts: number; side: number } {
  let cuts = 0;
  let side = 0;
  for (let at = 0; at < parameters.length; at += 1) {
    const parameter = parameters[at];
    const range = box[at];
    if (range === undefined || parameter === undefined) continue;
    const candidate = cutsOf(range, parameter, box, fineRatio);
    if (candidate > cuts) {
      cuts = candidate;
      side = at;
    }
  }
  return { cuts, side };
}

function cutsOf(range: Range, parameter: Parameter, box: Box, fineRatio: number): number {
  const low = range[0];
  const high = range[1];
  if (parameter.isWhole) return parameter.weight * Math.log2(high - low + 1);
  if (high - low <= parameter.finest) return 0;
  if (parameter.lengthIndex === undefined) return Math.log2(Math.log(high / low) / fineRatio);
  // A phase matters in proportion to the length; lengths are cut before it as long as they are coarse.
  const length = box[parameter.lengthIndex];
  return length === undefined ? 0 : Math.log2((high - low) / length[1] / fineRatio);
}

/** Points spread over a box: the middle, and half-way towards the ends of each side. */
function pointsOf(box: Box, parameters: readonly Parameter[]): Box[] {
  let points: Box[] = [[]];
  for (const [at, [low, high]] of box.entries()) {
    const parameter = parameters[at];
    if (parameter?.finest === Number.POSITIVE_INFINITY) {
      points = points.map((point): Box => [...point, [low, high]]);
      continue;
    }
    const values = parameter?.isWhole
      ? [Math.floor((low + high) / 2)]
      : low === high
        ? [low]
        : [0.5, 0.2, 0.8].map((share) => low + share * (high - low));
    points = points.flatMap((point) => values.map((value): Box => [...point, [value, value]]));
  }
  return points;
}

function middleOf(box: Box): Box {
  return box.map(([low, high]): Range => [(low + high) / 2, (low + high) / 2]);
}

function isScale(parameter: Parameter): boolean {
  return !parameter.isWhole && parameter.lengthIndex === undefined;
}

function cut(box: Box, index: number, parameters: readonly Parameter[]): Box[] {
  const range = box[index];
  const parameter = parameters[index];
  if (range === undefined || parameter === undefined) return [];
  const [low, high] = range;
  let halves: [Range, Range];
  if (parameter.isWhole) {
    const middle = Math.floor((low + high) / 2);
    halves = [
      [low, middle],
      [middle + 1, high],
    ];
  } else {
    const middle = isScale(parameter) && low > 0 && high > 2 * low ? Math.sqrt(low * high) : (low + high) / 2;
    halves = [
      [low, middle],
      [middle, high],
    ];
  }
  return halves.map((half) => withinOnePeriod(replaced(box, index, half), parameters));
}

/** Phases that differ by a length are the same, so no more than one length of them is kept. */
function withinOnePeriod(box: Box, parameters: readonly Parameter[]): Box {
  let result = box;
  for (let at = 0; at < parameters.length; at += 1) {
    const lengthIndex = parameters[at]?.lengthIndex;
    const phase = result[at];
    const length = lengthIndex === undefined ? undefined : result[lengthIndex];
    if (phase !== undefined && length !== undefined && phase[1] - phase[0] > length[1]) {
      result = replaced(result, at, [phase[0], phase[0] + length[1]]);
    }
  }
  return result;
}

function replaced(box: Box, index: number, range: Range): Box {
  return box.map((old, at) => (at === index ? range : old));
}
