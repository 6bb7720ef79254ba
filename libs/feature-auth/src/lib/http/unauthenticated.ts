import { problem, type ProblemError } from '@sluice/util-http';

/** The 401 of a missing or useless access token, with the challenge of RFC 6750. */
export function unauthenticated(detail: string, invalidToken = false): ProblemError {
  const challenge = invalidToken ? 'Bearer realm="sluice", error="invalid_token"' : 'Bearer realm="sluice"';
  return problem(401, { detail, headers: { 'WWW-Authenticate': challenge } });
}
