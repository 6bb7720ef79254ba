import type { Server } from 'node:http';
import { problem } from '@sluice/util-http';
import type { FastifyInstance, FastifyRequest, FastifyHttpOptions } from 'fastify';

/** What one request may bring, and how long it may take to arrive. The nesting of a body is bounded by its validation. */
export interface HttpBounds {
  bodyBytes: number;
  /** All headers together, with the request line. */
  headerBytes: number;
  headers: number;
  /** Path and query, in characters. */
  address: number;
  /** One part of a path, in characters. */
  pathPart: number;
  queryFields: number;
  /** For the headers to arrive, in ms. */
  headersTimeout: number;
  /** For the whole request to arrive, in ms. */
  requestTimeout: number;
  /** For a connection on which nothing moves, in ms. */
  connectionTimeout: number;
}

export const HTTP_BOUNDS: HttpBounds = {
  bodyBytes: 1024 * 1024,
  headerBytes: 16 * 1024,
  headers: 100,
  address: 4_096,
  pathPart: 1_000,
  queryFields: 32,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionTimeout: 60_000,
};

/** Node looks that seldom whether a request took too long: by default every 30 s, longer than any of them may take. */
const CHECK_EVERY_MS = 1_000;

/** The bounds that Fastify and Node keep by themselves. */
export function boundedServer(bounds: HttpBounds): FastifyHttpOptions<Server> {
  const { headersTimeout, requestTimeout, headerBytes } = bounds;
  return {
    bodyLimit: bounds.bodyBytes,
    requestTimeout,
    connectionTimeout: bounds.connectionTimeout,
    routerOptions: { maxParamLength: bounds.pathPart },
    http: {
      headersTimeout,
      requestTimeout,
      maxHeaderSize: headerBytes,
      connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, headersTimeout),
      // Node would answer in its own words; refused below, in ours.
      requireHostHeader: false,
    },
  };
}

/** The bounds that nobody else keeps, before anything is done for the request. */
export function refuseUnbounded(fastify: FastifyInstance, bounds: HttpBounds): void {
  fastify.addHook('onRequest', (request, _reply, done) => done(faultOf(request, bounds)));
}

function faultOf({ raw, query }: FastifyRequest, bounds: HttpBounds): Error | undefined {
  const url = raw.url ?? '';
  if (url.length > bounds.address)
    return problem(414, { detail: `The address is too long: ${bounds.address} characters at most.` });
  if (raw.rawHeaders.length / 2 > bounds.headers)
    return problem(431, { detail: `There are too many headers: ${bounds.headers} at most.` });
  if (raw.httpVersion === '1.1' && raw.headers.host === undefined)
    return problem(400, { detail: 'The request has no Host header.' });
  if (Object.values(query as object).flat().length > bounds.queryFields)
    return problem(400, { detail: `The query has too many fields: ${bounds.queryFields} at most.` });
  const encoding = raw.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    return problem(415, {
      detail: 'The request body must not be compressed.',
      headers: { 'Accept-Encoding': 'identity' },
    });
  return undefined;
}
