/**
 * Reads what a Prometheus remote write sender pushes (k6's output of that name): a WriteRequest of version 0.1.0, in
 * protocol buffers, compressed by Snappy's block format. As much of both as that takes. Pure; malformed input throws an
 * Error, and is never read past its end.
 * See prometheus.io/docs/specs/prw/remote_write_spec, and google/snappy, format_description.txt.
 */

/** The last known state of a time series. */
export interface PushedSeries {
  /** Labels by name; "__name__" is the metric. */
  readonly labels: Readonly<Record<string, string>>;
  /** Unix milliseconds of its last sample. */
  readonly atMs: number;
  /** Of a counter, a gauge or a rate: its value. NaN says that no more will come. null: it is a histogram. */
  readonly value: number | null;
  /** Of a histogram: counts by the number of their bucket, of schema 3 (above 2^((n-1)/8), up to 2^(n/8)). */
  readonly histogram: readonly (readonly [n: number, count: number])[] | null;
}

/** Where values too low for any bucket are counted. */
const LOWEST_NUMBER = -1e6;
/** What is unpacked at most: a push of k6 has some kilobytes. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

export function parseWriteRequest(body: Uint8Array): PushedSeries[] {
  return [...fields(unsnapped(body))].flatMap(({ number, bytes }) =>
    number === 1 && bytes !== null ? seriesOf(bytes) : [],
  );
}

function seriesOf(bytes: Uint8Array): PushedSeries[] {
  const labels: Record<string, string> = {};
  let sample: { atMs: number; value: number } | null = null;
  let histogram: { atMs: number; buckets: [number, number][] } | null = null;
  for (const { number, bytes: part } of fields(bytes)) {
    if (part === null) continue;
    if (number === 1) {
      const [name = '', value = ''] = textsOf(part);
      labels[name] = value;
    } else if (number === 2) sample = sampleOf(part);
    else if (number === 4) histogram = histogramOf(part);
  }
  if (histogram !== null) return [{ labels, atMs: histogram.atMs, value: null, histogram: histogram.buckets }];
  return sample === null ? [] : [{ labels, ...sample, histogram: null }];
}

function textsOf(label: Uint8Array): string[] {
  const texts: string[] = [];
  for (const { number, bytes } of fields(label)) if (bytes !== null) texts[number - 1] = decoder.decode(bytes);
  return texts;
}

function sampleOf(bytes: Uint8Array): { atMs: number; value: number } {
  let [atMs, value] = [0, 0];
  for (const field of fields(bytes)) {
    if (field.number === 1) value = field.double;
    if (field.number === 2) atMs = field.integer;
  }
  return { atMs, value };
}

function histogramOf(bytes: Uint8Array): { atMs: number; buckets: [number, number][] } {
  let [atMs, schema, zeroCount] = [0, 3, 0];
  const spans: { offset: number; length: number }[] = [];
  let deltas: number[] = [];
  for (const field of fields(bytes)) {
    if (field.number === 4) schema = unzigzagged(field.integer);
    else if (field.number === 6) zeroCount = field.integer;
    else if (field.number === 11 && field.bytes !== null) spans.push(spanOf(field.bytes));
    else if (field.number === 12 && field.bytes !== null) deltas = varints(field.bytes).map(unzigzagged);
    else if (field.number === 15) atMs = field.integer;
  }
  const counts = new Map<number, number>();
  const add = (n: number, count: number) => counts.set(n, (counts.get(n) ?? 0) + count);
  if (zeroCount > 0) add(LOWEST_NUMBER, zeroCount);
  let [n, count, at] = [0, 0, 0];
  for (const { offset, length } of spans) {
    n += offset;
    for (let index = 0; index < length; index += 1) {
      count += deltas[at++] ?? 0;
      if (count > 0) add(Math.ceil(n * 2 ** (3 - schema)), count);
      n += 1;
    }
  }
  return { atMs, buckets: [...counts] };
}

function spanOf(bytes: Uint8Array): { offset: number; length: number } {
  let [offset, length] = [0, 0];
  for (const field of fields(bytes)) {
    if (field.number === 1) offset = unzigzagged(field.integer);
    if (field.number === 2) length = field.integer;
  }
  return { offset, length };
}

const decoder = new TextDecoder();

/** A field of a message: `bytes` of a text, a message or packed numbers, null otherwise. */
interface Field {
  readonly number: number;
  readonly bytes: Uint8Array | null;
  readonly integer: number;
  readonly double: number;
}

function* fields(message: Uint8Array): Generator<Field> {
  const reader = readerOf(message);
  while (!reader.isAtEnd()) {
    const key = reader.varint();
    const field = { number: Math.floor(key / 8), bytes: null, integer: 0, double: 0 };
    const type = key % 8;
    if (type === 0) yield { ...field, integer: reader.varint() };
    else if (type === 1) yield { ...field, double: doubleOf(reader.take(8)) };
    else if (type === 2) yield { ...field, bytes: reader.take(reader.varint()) };
    else if (type === 5) reader.take(4);
    else throw new Error(`a field of the unknown wire type ${type}`);
  }
}

function varints(bytes: Uint8Array): number[] {
  const reader = readerOf(bytes);
  const all: number[] = [];
  while (!reader.isAtEnd()) all.push(reader.varint());
  return all;
}

function doubleOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(0, true);
}

/** Signed numbers alternate: 0, -1, 1, -2 … */
function unzigzagged(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

interface Reader {
  isAtEnd(): boolean;
  take(count: number): Uint8Array;
  /** Exact up to 2^53, which is more than anything is counted to here. */
  varint(): number;
}

function readerOf(bytes: Uint8Array): Reader {
  let at = 0;
  const take = (count: number) => {
    if (count > bytes.length - at) throw new Error('it ends in the middle of a field');
    at += count;
    return bytes.subarray(at - count, at);
  };
  return {
    isAtEnd: () => at >= bytes.length,
    take,
    varint() {
      let value = 0;
      for (let scale = 1; scale < 2 ** 70; scale *= 128) {
        const [byte = 0] = take(1);
        value += (byte % 128) * scale;
        if (byte < 128) return value;
      }
      throw new Error('a number of more than ten bytes');
    },
  };
}

/** Snappy's block format: the length unpacked, then literals and copies of what was unpacked before. */
function unsnapped(packed: Uint8Array): Uint8Array {
  const reader = readerOf(packed);
  const length = reader.varint();
  if (length > MAX_UNPACKED_BYTES) throw new Error(`it says that it is ${length} bytes long`);
  const unpacked = new Uint8Array(length);
  const little = (count: number) => reader.take(count).reduceRight((value, byte) => value * 256 + byte, 0);
  let end = 0;
  while (!reader.isAtEnd()) {
    const tag = little(1);
    const kind = tag % 4;
    const high = Math.floor(tag / 4);
    if (kind === 0) {
      const count = 1 + (high < 60 ? high : little(high - 59));
      if (end + count > length) throw new Error('it is longer than it says');
      unpacked.set(reader.take(count), end);
      end += count;
      continue;
    }
    const count = kind === 1 ? 4 + (high % 8) : 1 + high;
    const offset = kind === 1 ? Math.floor(high / 8) * 256 + little(1) : little(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > end || end + count > length) throw new Error('a copy of what is not there');
    // Byte by byte: a copy may read what it has just written.
    for (const stop = end + count; end < stop; end += 1) unpacked[end] = unpacked[end - offset] ?? 0;
  }
  if (end !== length) throw new Error('it is shorter than it says');
  return unpacked;
}
