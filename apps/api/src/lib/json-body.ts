import { problem } from '@sluice/util-http';
import type { FastifyInstance } from 'fastify';

/**
 * JSON in UTF-8 is the only body there is; anything else is 415. An empty body counts as none, since clients send
 * the header on a POST without one. Prototype poisoning is refused.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = decodeUtf8(body as Buffer);
    if (text === undefined) return done(invalid('The request body is not valid UTF-8.'));
    if (text.trim() === '') return done(null, undefined);
    return void parseJson(request, text, (error, parsed) =>
      // The parser's own words would quote the body.
      error
        ? done(invalid('The request body is not valid JSON, or has a field named like __proto__.'))
        : done(null, parsed),
    );
  });
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function invalid(detail: string): Error {
  return problem(400, { detail });
}
