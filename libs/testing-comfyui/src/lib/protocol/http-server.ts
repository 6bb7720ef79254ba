import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ActiveFaults } from '../faults/fault-switches';
import { faultFor } from '../faults/http-faults';
import { PythonError } from '../python/python-error';
import { type Answer, empty, serverError, text } from './answer';
import { Call } from './call';
import type { Router } from './router';

export interface HttpServerOptions {
  readonly router: Router;
  readonly faults: ActiveFaults;
  /** Whether the request is refused before it is looked at. */
  refuses(request: IncomingMessage): boolean;
  /** The largest body in bytes. */
  readonly maxBody: number;
}

/** Serves the routes as aiohttp would, and breaks where a fault says so. */
export function createHttpServer(options: HttpServerOptions): Server {
  const server = createServer((request, response) => {
    // A client that has gone away is not an error of the server.
    response.on('error', () => undefined);
    handle(request, response, options).catch((error: unknown) => {
      console.error('The ComfyUI simulator failed on a request:', error);
      response.destroy();
    });
  });
  server.keepAliveTimeout = 75_000;
  return server;
}

export async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://comfyui');
  const { method = 'GET' } = request;
  const fault = faultFor(method, url.pathname, request.headers, options.faults);
  const body = await bodyOf(request, options.maxBody);
  if (fault.silent) return;
  const answer = fault.instead ?? (await answerTo(request, url, body, options));
  const given = fault.change ? fault.change(answer) : answer;
  if (fault.delayMs) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
  if (fault.cut) request.socket.destroy();
  else await send(given, method, response);
}

async function answerTo(
  request: IncomingMessage,
  url: URL,
  body: Buffer | undefined,
  { refuses, router }: HttpServerOptions,
): Promise<Answer> {
  if (refuses(request)) return empty(403);
  if (!body) return text(413, 'Maximum request body size exceeded');
  const { method = 'GET', headers } = request;
  const match = router.find(method, url.pathname);
  try {
    return await match.answer(new Call(method, url, headers, body, match.params));
  } catch (error) {
    if (!(error instanceof PythonError))
      console.error(`The ComfyUI simulator failed on ${method} ${url.pathname}:`, error);
    return serverError();
  }
}

/** @returns undefined when it is too large */
async function bodyOf(request: IncomingMessage, maxBody: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBody) chunks.push(chunk);
  }
  return size <= maxBody ? Buffer.concat(chunks) : undefined;
}

async function send(
  { status, headers = {}, body }: Answer,
  method: string,
  response: ServerResponse,
): Promise<void> {
  const length =
    body === undefined || typeof body === 'function' ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...length, ...headers });
  if (method === 'HEAD' || body === undefined) response.end();
  else if (typeof body !== 'function') response.end(body);
  // A client that reads no further is its own business.
  else await pipeline(Readable.from(body()), response).catch(() => undefined);
}
