/**
 * The reference API: a real HTTP server that speaks one contract, driven by operation.json and the schemas alone.
 *
 * Order of judgement: path and method → key → limit → content type and size → body. What is decided here beyond the
 * contract: "Bearer" in this spelling only; exactly one JSON text, strictly read; a body of at most 1 MB; undocumented
 * errors in the documented envelope. Where the limiter stands is an option.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Contract } from '../../contracts/lib/contract.ts';
import type { Json } from '../../contracts/lib/operation.ts';
import { valueAt } from '../../contracts/lib/pointer.ts';
import type { Decision, Limiter } from '../../load/limiters/limiter.ts';
import { type AdvertisedHeaders, advertisement } from './advertisement.ts';
import { authorizedKey, type Credentials, presentedToken } from './authorization.ts';
import { type BadField, badFields } from './bad-fields.ts';
import { type Answer, type AnswerKind, type Behaviour, bytesOf, type Exchange, type LimitBefore } from './behaviour.ts';
import { successBodies } from './created.ts';
import { variantNamed } from './defects.ts';
import { envelopes } from './envelope.ts';
import { limiterClockMs } from './limiter-clock.ts';
import { parseStrictJson } from './strict-json.ts';
import type { Variant } from './variants.ts';

export interface ReferenceApiOptions {
  readonly contract: Contract;
  /** Operations that it speaks too, under the same limit: those whose answers give inputs to the contract's (`from`). */
  readonly others?: readonly Contract[];
  /** Values of inputs with `from` that exist without having been made here, by environment variable. */
  readonly known?: Readonly<Record<string, string | undefined>>;
  /** Default: a random one. */
  readonly apiKey?: string;
  /** A second key that is right too, with a quota of its own. */
  readonly secondApiKey?: string;
  /** Default: null, no limit. */
  readonly limiter?: Limiter | null;
  /**
   * 'auth': each request to the path counts, also a 401; 'validation' (default): each one with a right key counts, also
   * a 400; 'nothing': only what would succeed counts.
   */
  readonly limitBefore?: LimitBefore;
  /** What a quota belongs to. Default: the key (before authorization: the token as presented, else the address). */
  readonly limitScope?: 'key' | 'address' | 'global';
  /** Default: 'retry-after'. */
  readonly advertised?: AdvertisedHeaders;
  /** The window that RateLimit-Policy tells; null (default): none. */
  readonly advertisedWindowSeconds?: number | null;
  /** Time that each success takes, for concurrency limits and load. Default: 0. */
  readonly serviceTimeMs?: number;
  /** Id of a defect or harmless variation of variants.ts. */
  readonly defect?: string;
  /** Default: 0, a free one. */
  readonly port?: number;
  /** Longest time for a request to arrive in full. Default: 10 s. */
  readonly requestTimeoutMs?: number;
  /** Unix milliseconds for times in bodies. Default: the clock. */
  readonly now?: () => number;
}

export interface ReferenceApiStats {
  /** Requests whose head was well-formed. */
  requests: number;
  /** Answers by status. */
  readonly byStatus: Record<string, number>;
  /** Things created; the ids in the order of their making. */
  readonly created: { count: number; firstId: Json; lastId: Json };
  /** Requests that were no HTTP, or did not arrive in time. */
  malformed: number;
  /** Exceptions of ours, answered with 500: a bug whenever it is not 0. */
  faults: number;
}

export interface ReferenceApi {
  /** http://127.0.0.1:<port> */
  readonly baseUrl: string;
  readonly port: number;
  readonly apiKey: string;
  readonly stats: ReferenceApiStats;
  /** Accepts nothing more, lets answers finish for at most 1.5 s, and leaves no socket. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_DEPTH = 100;
/** Of a body that is too long so much is read and thrown away, so that the client is there to read the 413. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;
const GRACE_MS = 1500;
/** Longer than any pause between probes, so that no client meets a connection that is just being closed. */
const KEEP_ALIVE_MS = 600_000;

/** Starts a server on 127.0.0.1. Throws UserError for a contract that it cannot speak, and what listen throws. */
export async function startReferenceApi(options: ReferenceApiOptions): Promise<ReferenceApi> {
  const apiKey = options.apiKey ?? randomBytes(24).toString('hex');
  const stats = emptyStats();
  const variant = options.defect === undefined ? null : variantNamed(options.defect);
  const { others = [] } = options;
  const api = makeApi(options, apiKey, stats, variant, (name) => other(name));
  const otherApis = others.map((contract): Api => {
    const own = { ...options, contract, limiter: api.limiter };
    return makeApi(own, apiKey, emptyStats(), null, (name) => other(name));
  });
  const other = (name: string) => otherApis[others.findIndex((contract) => contract.name === name)];
  const sockets = new Set<Socket>();
  const server = createServer(
    {
      requestTimeout: options.requestTimeoutMs ?? 10_000,
      headersTimeout: options.requestTimeoutMs ?? 10_000,
      connectionsCheckingInterval: Math.min(500, options.requestTimeoutMs ?? 500),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: 64 * 1024,
    },
    otherApis.length === 0
      ? api.handle
      : (request, response) => (otherApis.find((one) => one.speaks(request)) ?? api).handle(request, response),
  );
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code !== 'ECONNRESET') stats.malformed += 1;
    api.refuse(error.code ?? '', socket as Socket);
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    port,
    apiKey,
    stats,
    close: () => close(server, sockets),
  };
}

function emptyStats(): ReferenceApiStats {
  return {
    requests: 0,
    byStatus: {},
    created: { count: 0, firstId: null, lastId: null },
    malformed: 0,
    faults: 0,
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Node closes idle connections itself; those in use get `GRACE_MS`. */
function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const grace = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, GRACE_MS);
    server.close(() => {
      clearTimeout(grace);
      resolve();
    });
  });
}

interface Api {
  readonly limiter: Limiter | null;
  /** Whether a request is of this operation. */
  speaks(request: IncomingMessage): boolean;
  /** Whether a value was in an answer that created something, at this pointer. */
  gaveOut(pointer: string, value: Json): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Answers what is no HTTP, or came too slowly; `code` is Node's. */
  refuse(code: string, socket: Socket): void;
}

function makeApi(
  options: ReferenceApiOptions,
  apiKey: string,
  stats: ReferenceApiStats,
  variant: Variant | null,
  other: (name: string) => Api | undefined,
): Api {
  const { contract } = options;
  const { operation } = contract;
  const keys = options.secondApiKey === undefined ? [apiKey] : [apiKey, options.secondApiKey];
  const nowMs = options.now ?? Date.now;
  const envelope = envelopes(contract);
  const success = successBodies(contract, { optionalEcho: 'as-template' });
  const behaviour: Behaviour = variant?.make({ contract, keys, success, envelopes: envelope, nowMs }) ?? {};
  const limiter = behaviour.limiter ? behaviour.limiter(options.limiter ?? null) : (options.limiter ?? null);
  const limitBefore = behaviour.limitBefore ?? options.limitBefore ?? 'validation';
  const maxBodyBytes = behaviour.maxBodyBytes ?? MAX_BODY_BYTES;
  const advertised = options.advertised ?? 'retry-after';
  const validateRequest = contract.validator(operation.request.schema);
  const parametersOf = pathMatcher(operation.path);
  const isPath = (path: string) => parametersOf(path) !== null;
  const given = givenOut();
  const ignores = new Set(behaviour.ignores ?? []);
  const invalidStatus = ['400', '422'].find((status) => status in operation.responses) ?? '400';

  const errorAnswer = (
    kind: AnswerKind,
    status: number,
    headers: Record<string, string> = {},
    fields: readonly BadField[] = [],
  ): Answer => ({
    kind,
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    document: envelope.make(status, fields),
  });

  /** What the path, the method and the key have to say; null: go on. */
  const judgeHead = (exchange: Exchange, path: string, limit: () => Answer | null): Answer | null => {
    if (!ignores.has('path') && !isPath(path)) return errorAnswer('not-found', 404);
    if (!ignores.has('method') && exchange.method !== operation.method)
      return errorAnswer('method', 405, { Allow: operation.method });
    if (limitBefore === 'auth') {
      const limited = limit();
      if (limited !== null) return limited;
    }
    if (operation.auth.scheme === 'bearer') {
      exchange.key = (behaviour.authorize ?? authorizedKey)(exchange.credentials, keys);
      if (exchange.key === null) return errorAnswer('unauthorized', 401, { 'WWW-Authenticate': 'Bearer' });
    }
    return limitBefore === 'validation' ? limit() : null;
  };

  /** An input that another operation gives has to be there, in the words of the contract's 404. */
  const judgeReferences = (exchange: Exchange, path: string): Answer | null => {
    if (!('404' in operation.responses)) return null;
    for (const input of operation.inputs ?? []) {
      const maker = input.from === undefined ? undefined : other(input.from.operation);
      if (input.from === undefined || maker === undefined) continue;
      const value = 'path' in input ? parametersOf(path)?.[input.path] : valueAt(exchange.body, input.pointer);
      if (value === undefined || value === null) continue;
      const isKnown =
        [input.example, options.known?.[input.env]].some((one) => one !== undefined && String(one) === String(value)) ||
        maker.gaveOut(input.from.pointer, value);
      if (!isKnown) return errorAnswer('not-found', 404);
    }
    return null;
  };

  const judgeBody = (exchange: Exchange): Answer | null => {
    const hasNone = exchange.bodyBytes.length === 0 && (operation.method === 'GET' || operation.method === 'DELETE');
    if (hasNone) return null;
    const strict = parseStrictJson(exchange.bodyBytes, MAX_DEPTH);
    const parsed = behaviour.parse ? behaviour.parse(exchange.bodyBytes, strict) : strict;
    if (!parsed.isJson) return errorAnswer('invalid', Number(invalidStatus));
    exchange.body = parsed.value;
    const found = validateRequest(parsed.value) ? [] : badFields(validateRequest.errors ?? [], parsed.value);
    const fields = behaviour.judge ? behaviour.judge(parsed.value, found) : found;
    exchange.badFields = fields ?? [];
    return fields !== null && fields.length === 0
      ? null
      : errorAnswer('invalid', Number(invalidStatus), {}, fields ?? []);
  };

  const succeed = (exchange: Exchange): Answer => {
    const document = success.make(exchange.body, nowMs());
    const headers = { 'Content-Type': 'application/json' };
    if (success.status === 204) return { kind: 'created', status: 204, headers: {} };
    return { kind: 'created', status: success.status, headers, document };
  };

  const countCreated = (answer: Answer): void => {
    stats.created.count += 1;
    if (operation.created === undefined || answer.document === undefined) return;
    const id = success.idOf(answer.document);
    if (stats.created.count === 1) stats.created.firstId = id;
    stats.created.lastId = id;
  };

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    stats.requests += 1;
    const exchange = exchangeOf(request, stats.requests, nowMs());
    let decision: Decision | null = null;
    const limit = (): Answer | null => {
      if (limiter === null) return null;
      decision = limiter.decide(limiterClockMs(), limitKey(options.limitScope ?? 'key', exchange, request));
      const { release } = decision;
      if (release) response.once('close', () => release(limiterClockMs()));
      if (decision.admitted) return null;
      const answer = errorAnswer('limited', 429);
      return decision.status === undefined ? answer : { ...answer, status: decision.status };
    };
    const send = (answer: Answer): void => {
      let shown = answer;
      if (decision !== null) {
        const told = advertisement(advertised, decision, nowMs(), options.advertisedWindowSeconds ?? null);
        shown = { ...answer, headers: { ...answer.headers, ...told } };
      }
      const held = (decision?.delayMs ?? 0) + (answer.kind === 'created' ? (options.serviceTimeMs ?? 0) : 0);
      if (held > 0) shown = { ...shown, delayMs: held };
      if (answer.kind === 'created') {
        countCreated(answer);
        if (answer.document !== undefined) given.add(answer.document);
      }
      if (behaviour.answer) shown = behaviour.answer(shown, exchange);
      stats.byStatus[shown.status] = (stats.byStatus[shown.status] ?? 0) + 1;
      deliver(shown, response);
    };
    const guarded = (step: () => Answer | null): Answer | null => {
      try {
        return step();
      } catch {
        stats.faults += 1;
        return errorAnswer('invalid', 500);
      }
    };
    const early = guarded(() => judgeHead(exchange, pathOf(request.url ?? ''), limit));
    if (early !== null) {
      send(early);
      return;
    }
    readBody(request, maxBodyBytes, (bytes) => {
      const late = guarded(() => {
        if (bytes !== null) exchange.bodyBytes = bytes;
        const hasBody = bytes === null || bytes.length > 0;
        if (hasBody && !ignores.has('media-type') && !isJsonType(request)) return errorAnswer('media-type', 415);
        if (bytes === null) return errorAnswer('too-large', 413, { Connection: 'close' });
        const invalid = judgeBody(exchange) ?? judgeReferences(exchange, pathOf(request.url ?? ''));
        if (invalid !== null) return invalid;
        return (limitBefore === 'nothing' ? limit() : null) ?? succeed(exchange);
      });
      if (late !== null) send(late);
    });
  };

  return {
    limiter,
    speaks: (request) => request.method === operation.method && isPath(pathOf(request.url ?? '')),
    gaveOut: given.has,
    handle,
    refuse(code, socket) {
      if (code === 'ECONNRESET' || !socket.writable) {
        socket.destroy();
        return;
      }
      const [status, reason] =
        code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? ([408, 'Request Timeout'] as const)
          : code === 'HPE_HEADER_OVERFLOW'
            ? ([431, 'Request Header Fields Too Large'] as const)
            : ([400, 'Bad Request'] as const);
      stats.byStatus[status] = (stats.byStatus[status] ?? 0) + 1;
      const body = JSON.stringify(envelope.make(status));
      socket.end(
        `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
        () => socket.destroy(),
      );
    },
  };
}

function exchangeOf(request: IncomingMessage, number: number, arrivedAtMs: number): Exchange {
  const query = request.url?.indexOf('?') ?? -1;
  return {
    number,
    method: request.method ?? '',
    credentials: {
      authorizations: authorizationsOf(request),
      query: query < 0 ? '' : (request.url ?? '').slice(query + 1),
    },
    acceptEncoding: String(request.headers['accept-encoding'] ?? ''),
    key: null,
    bodyBytes: new Uint8Array(),
    body: undefined,
    badFields: [],
    arrivedAtMs,
  };
}

/** All Authorization headers: Node's own `headers` hides every one but the first. */
function authorizationsOf(request: IncomingMessage): string[] {
  const values: string[] = [];
  const raw = request.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (name.length === 13 && name.toLowerCase() === 'authorization') values.push(raw[index + 1] ?? '');
  }
  return values;
}

function limitKey(scope: 'key' | 'address' | 'global', exchange: Exchange, request: IncomingMessage): string {
  if (scope === 'global') return '';
  const address = request.socket.remoteAddress ?? '';
  if (scope === 'address') return address;
  return exchange.key ?? presentedToken(exchange.credentials as Credentials) ?? address;
}

/** The path of a request target in origin or absolute form, without query. */
function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}

/** What stands in a path for the template's parameters; null: it is another path. */
function pathMatcher(template: string): (path: string) => Record<string, string> | null {
  const wanted = template.split('/');
  return (path) => {
    const values: Record<string, string> = {};
    if (path === template) return values;
    const segments = path.split('/');
    const isSame =
      segments.length === wanted.length &&
      wanted.every((part, index) => {
        const segment = segments[index] ?? '';
        try {
          const [, name] = /^\{([^{}]+)\}$/.exec(part) ?? [];
          if (name === undefined) return decodeURIComponent(segment) === decodeURIComponent(part);
          values[name] = decodeURIComponent(segment);
          return segment !== '';
        } catch {
          return false;
        }
      });
    return isSame ? values : null;
  };
}

/** Most answers that are remembered as they are; whole numbers that rise need no memory. */
const MOST_REMEMBERED = 10_000;

/** Remembers what answers gave out: where the ids are whole numbers that rise, by their range. */
function givenOut(): { add(document: Json): void; has(pointer: string, value: Json): boolean } {
  const documents: Json[] = [];
  let first: Json | null = null;
  let last: Json | null = null;
  return {
    add(document) {
      first ??= document;
      last = document;
      if (documents.length < MOST_REMEMBERED) documents.push(document);
    },
    has(pointer, value) {
      const [from, to] = [first, last].map((one) => valueAt(one, pointer));
      if (typeof from === 'number' && typeof to === 'number' && from <= to) {
        const id = Number(value);
        return id >= from && id <= to;
      }
      return documents.some((one) => String(valueAt(one, pointer)) === String(value));
    },
  };
}

/** application/json, in UTF-8, not compressed. */
function isJsonType(request: IncomingMessage): boolean {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return false;
  const header = request.headers['content-type'] ?? '';
  if (header === 'application/json') return true;
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  if (type !== 'application/json') return false;
  return parameters.every((parameter) => !parameter.startsWith('charset=') || /^charset="?utf-?8"?$/.test(parameter));
}

/** Calls `then` once with the whole body, or with null for one longer than `maxBytes`; never if the client goes away. */
function readBody(request: IncomingMessage, maxBytes: number, then: (bytes: Uint8Array | null) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (bytes > maxBytes + MAX_DISCARDED_BYTES) {
      request.removeAllListeners('data').removeAllListeners('end');
      then(null);
      request.destroy();
    }
  });
  request.on('end', () => {
    const [only] = chunks;
    then(bytes > maxBytes ? null : only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks));
  });
  request.on('error', () => undefined);
}

function deliver(answer: Answer, response: ServerResponse): void {
  if (answer.delayMs === undefined) {
    deliverNow(answer, response);
    return;
  }
  const timer = setTimeout(() => deliverNow(answer, response), answer.delayMs);
  response.once('close', () => clearTimeout(timer));
}

function deliverNow(answer: Answer, response: ServerResponse): void {
  const { delivery = 'whole', status } = answer;
  if (delivery === 'hang') return;
  if (delivery === 'reset') {
    (response.socket as Socket | null)?.resetAndDestroy();
    return;
  }
  if (answer.sendsDate === false) response.sendDate = false;
  const hasBody = status !== 204 && status !== 304;
  if (hasBody && delivery === 'whole' && answer.bytes === undefined && answer.document !== undefined) {
    // A text leaves in one write together with the head, bytes would take a second one.
    const text = JSON.stringify(answer.document);
    response.writeHead(status, withLength(answer.headers, Buffer.byteLength(text)));
    response.end(text);
    return;
  }
  const bytes = bytesOf(answer);
  if (delivery === 'raw') {
    response.socket?.end(bytes);
    return;
  }
  const isPlain = !hasBody || delivery === 'chunked';
  response.writeHead(status, isPlain ? answer.headers : withLength(answer.headers, bytes.length));
  if (!hasBody) response.end();
  else if (delivery === 'whole') response.end(bytes);
  else if (delivery === 'chunked') {
    const third = Math.ceil(bytes.length / 3);
    for (const start of [0, third, 2 * third])
      if (start < bytes.length) response.write(bytes.subarray(start, start + third));
    response.end();
  } else {
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
      if (delivery === 'cut') response.socket?.destroy();
    });
  }
}

/** The headers with a Content-Length, unless a behaviour has set one. */
function withLength(headers: Answer['headers'], bodyBytes: number): Record<string, string> {
  return 'Content-Length' in headers || 'Transfer-Encoding' in headers
    ? headers
    : { ...headers, 'Content-Length': String(bodyBytes) };
}
