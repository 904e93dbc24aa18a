/** Servers whose limiter is a well-known library for Node, in front of answers that keep the contract. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastifyRateLimit, { type FastifyRateLimitOptions } from '@fastify/rate-limit';
import express from 'express';
import { type Options as ExpressOptions, rateLimit } from 'express-rate-limit';
import fastify from 'fastify';
import type { Answer, ContractAnswers } from './answers.ts';
import type { StartedServer } from './bench-server.ts';

/** Longer than any pause between probes, so that no client meets a connection that is just being closed. */
const KEEP_ALIVE_MS = 600_000;

/** express with express-rate-limit before its routes, as its documentation has it: 400s and 401s pass it too. */
export async function startExpress(options: Partial<ExpressOptions>, answers: ContractAnswers): Promise<StartedServer> {
  const app = express();
  app.disable('x-powered-by');
  app.use(
    rateLimit({
      standardHeaders: 'draft-7',
      legacyHeaders: false,
      handler: (_request, response) => reply(response, answers.rejected),
      ...options,
    }),
  );
  app.use(express.json());
  app.use((request, response) => reply(response, judge(answers, request.headers.authorization, request.body)));
  return listen(app);
}

/** Whatever takes a point and may refuse it: the limiters of rate-limiter-flexible. */
export interface PointLimiter {
  consume(key: string): Promise<unknown>;
}

/** node:http with a limiter of rate-limiter-flexible: by key of the API, after the key was checked. */
export async function startFlexible(limiter: PointLimiter, answers: ContractAnswers): Promise<StartedServer> {
  return listen(async (request, response) => {
    const body = await bodyOf(request);
    const answer = judge(answers, request.headers.authorization, body);
    if (answer === answers.unauthorized) return reply(response, answer);
    const isAdmitted = await limiter.consume(request.headers.authorization ?? '').then(
      () => true,
      () => false,
    );
    return reply(response, isAdmitted ? answer : answers.rejected);
  });
}

/** fastify with @fastify/rate-limit, which by default asks before anything else of a route. */
export async function startFastify(
  options: Partial<FastifyRateLimitOptions>,
  answers: ContractAnswers,
): Promise<StartedServer> {
  const app = fastify({ keepAliveTimeout: KEEP_ALIVE_MS, forceCloseConnections: true });
  await app.register(fastifyRateLimit, options);
  app.setErrorHandler((error: { statusCode?: number }, _request, response) => {
    void response
      .code(error.statusCode ?? 500)
      .type('application/json')
      .send(answers.rejected.body);
  });
  app.post(answers.path, (request, response) => {
    const { status, body } = judge(answers, request.headers.authorization, request.body);
    void response.code(status).type('application/json').send(body);
  });
  const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 });
  return { baseUrl, close: () => app.close() };
}

function judge(answers: ContractAnswers, authorization: string | undefined, body: unknown): Answer {
  if (authorization !== answers.authorization) return answers.unauthorized;
  return answers.isValid(body) ? answers.admitted : answers.invalid;
}

function reply(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

async function listen(handle: RequestListener): Promise<StartedServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closed(server),
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
