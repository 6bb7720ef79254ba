import { HttpException } from '@nestjs/common';
import { ProblemError } from './problem.error';

/**
 * Codes that say "a part behind us cannot answer now". They are compared as strings, so that this library knows
 * no other: an error is answered with 503 when its `code` stands here. `REDIS_USAGE` is a fault of ours: 500.
 */
const UNAVAILABLE_CODES: ReadonlySet<string> = new Set([
  'DATABASE_UNAVAILABLE',
  'DATABASE_TIMEOUT',
  'REDIS_UNAVAILABLE',
  'REDIS_TIMEOUT',
  'REDIS_AUTH',
  'REDIS_TLS',
  'REDIS_PROTOCOL',
  'REDIS_BUSY',
  'REDIS_CAPACITY',
  'LOCK_NOT_ACQUIRED',
  'LOCK_LOST',
  'IMAGE_STORE_FULL',
  'IMAGE_STORE_MISSING',
  'IMAGE_STORE_FORBIDDEN',
  'IMAGE_STORE_UNAVAILABLE',
]);

const RETRY_AFTER_SECONDS = '2';

/** What a caller is told where the framework's own words would be unclear or would quote the input. */
const DETAILS: Readonly<Record<number, string>> = {
  404: 'There is nothing at this address.',
  408: 'The request did not arrive in time. Send it again.',
  413: 'The request body is too large: 1 MiB at most.',
  414: 'A part of the address is too long.',
  415: 'The request body must be JSON: send it with the header Content-Type: application/json.',
  431: 'The request headers are too large.',
};

/** The stable code of an error, if it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Finds the answer for anything that was thrown. What nobody foresaw is a 500 that tells nothing of its cause. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const code = codeOf(error);
  if (code !== undefined && UNAVAILABLE_CODES.has(code)) {
    return new ProblemError(503, {
      detail: 'The service cannot answer just now. Try again in a moment.',
      headers: { 'Retry-After': RETRY_AFTER_SECONDS },
    });
  }
  const status = statusOf(error);
  if (status === undefined || status < 400 || status > 499) {
    return new ProblemError(500, {
      detail: 'Something went wrong on our side. Quote the requestId when you report it.',
    });
  }
  return new ProblemError(status, { detail: DETAILS[status] ?? 'The request could not be understood.' });
}

/** The status that Nest's or Fastify's own errors carry: both are thrown before any feature is asked. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error)) return undefined;
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}
