import type { HttpReply } from '../http-request';

/** The strong ETag of a version. */
export function etagOf(version: number | string): string {
  return `"${version}"`;
}

/** Whether an `If-None-Match` header names this ETag (weak comparison, RFC 9110 13.1.2). */
export function matchesNoneOf(header: string | undefined, etag: string): boolean {
  return header !== undefined && tags(header).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);
}

/** Whether an `If-Match` header allows a change of this ETag (strong comparison: a weak tag never matches). */
export function allowsChangeOf(header: string | undefined, etag: string): boolean {
  return header === undefined || tags(header).some((tag) => tag === '*' || tag === etag);
}

/**
 * Sends an object with its ETag, or 304 without a body when the caller has it already.
 * Caches may keep the answer for this user, and must ask again before using it.
 */
export function answerWithEtag<T>(
  reply: HttpReply,
  answer: { etag: string; ifNoneMatch: string | undefined; body: T },
): T | undefined {
  reply.header('ETag', answer.etag);
  reply.header('Cache-Control', 'private, no-cache');
  if (!matchesNoneOf(answer.ifNoneMatch, answer.etag)) return answer.body;
  reply.status(304);
  return undefined;
}

function tags(header: string): string[] {
  return header.match(/(?:W\/)?"[^"]*"|\*/g) ?? [];
}
