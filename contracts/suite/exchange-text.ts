import type { Exchange } from '../judge/answer.ts';
import type { WireRequest } from './transport.ts';

/** Longest body that is shown. */
const MOST_BYTES = 64 * 1024;

/** A request and what came of it, as it looks on the wire. Pure; secrets are still in it. */
export function exchangeText(wire: WireRequest, exchange: Exchange): string {
  const { pathname, search, host } = new URL(wire.url);
  const sent = [
    `${wire.method} ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    ...wire.headers.map(([name, value]) => `${name}: ${value}`),
    '',
    shown(wire.body),
  ];
  const came =
    exchange.kind === 'fault'
      ? [`no answer: ${exchange.fault.detail} (after ${Math.round(exchange.fault.milliseconds)} ms)`]
      : [
          `HTTP/1.1 ${exchange.answer.status}`,
          ...exchange.answer.headers.map(([name, value]) => `${name}: ${value}`),
          '',
          shown(exchange.answer.body),
        ];
  return `${[...sent, '', ...came].join('\n')}\n`;
}

function shown(body: string | Uint8Array | null): string {
  if (body === null) return '';
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  return text.length > MOST_BYTES ? `${text.slice(0, MOST_BYTES)}\n… and ${text.length - MOST_BYTES} more` : text;
}
