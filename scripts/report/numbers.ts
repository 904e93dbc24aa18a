/** Numbers as people read them. Everything here is pure and independent of the machine's locale. */

/** A whole number with separators: 12345 → "12,345". */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A number with at most `decimals` of them, without trailing zeros: 10.0 → "10", 9.973 → "9.97". */
export function formatDecimal(value: number, decimals = 2): string {
  const [whole = '', fraction = ''] = Math.abs(value).toFixed(decimals).split('.');
  const trimmed = fraction.replace(/0+$/, '');
  const text = `${formatCount(Number(whole))}${trimmed === '' ? '' : `.${trimmed}`}`;
  return value < 0 && text !== '0' ? `-${text}` : text;
}

/** A value with three significant digits, never fewer than its whole part: 1204.3 → "1,204", 4.127 → "4.13". */
export function formatShort(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return formatDecimal(value, 0);
  if (size >= 10) return formatDecimal(value, 1);
  if (size >= 0.1 || size === 0) return formatDecimal(value, 2);
  return formatDecimal(value, 4);
}

/** A rate, in 1/s: 411.5 → "411.5". One decimal up to ten thousand: figures are compared with the JSON's. */
export function formatRate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 1) return formatDecimal(perSecond, 4);
  return formatDecimal(perSecond, perSecond < 10_000 ? 1 : 0);
}

/** A latency: 4.13 → "4.13 ms", 1234 → "1.23 s". */
export function formatMs(milliseconds: number): string {
  return milliseconds < 1000 ? `${formatShort(milliseconds)} ms` : `${formatShort(milliseconds / 1000)} s`;
}

/** A window or a moment: 0.41 → "0.41 s", 60 → "60 s"; three decimals where they matter. */
export function formatSeconds(seconds: number): string {
  return `${formatDecimal(seconds, Math.abs(seconds) < 1 ? 3 : 2)} s`;
}

/** A duration to be read at a glance: 185.2 → "3 min 5 s". */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${formatDecimal(seconds, 1)} s`;
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const parts = [
    hours > 0 ? `${hours} h` : '',
    minutes > 0 ? `${minutes} min` : '',
    whole % 60 > 0 ? `${whole % 60} s` : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** A share of a whole: (1, 1000) → "0.1 %". A few are never "0 %", nor nearly all "100 %". */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return '0 %';
  const percent = (part / whole) * 100;
  if (part > 0 && percent < 0.1) return '< 0.1 %';
  if (part < whole && percent > 99.9) return '> 99.9 %';
  return `${formatDecimal(percent, 1)} %`;
}

/** A range with what it is of: [9.97, 10.02] → "9.97–10.02"; one number where both ends are the same; "≥ 5" without an upper end. */
export function formatRange(range: readonly [number | null, number | null], format = formatDecimal): string {
  const [low, high] = range;
  if (low !== null && high !== null) return low === high ? format(low) : `${format(low)}–${format(high)}`;
  if (low !== null) return `≥ ${format(low)}`;
  return high === null ? 'not known' : `≤ ${format(high)}`;
}

/** "1 case", "2 cases". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** "1 case breaks", "2 cases break". */
export function agreeing(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}
