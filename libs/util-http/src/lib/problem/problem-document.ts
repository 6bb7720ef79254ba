import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { FieldError } from './problem.error';

/** The media type of every error answer (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The body of every error answer. */
export const problemSchema = z.strictObject({
  type: z
    .string()
    .describe('about:blank where the status says what kind of problem it is, else the URI of its kind'),
  title: z.string().describe('The status in words'),
  status: z.int().min(400).max(599),
  detail: z.string().describe('What happened and what to do'),
  instance: z.string().describe('The path that was asked for, without its query'),
  requestId: z.string().describe('Names this request in the log; also in the header X-Request-Id'),
  errors: z
    .array(z.strictObject({ path: z.string(), message: z.string() }))
    .optional()
    .describe('Every wrong field of the input'),
  'violated-policies': z
    .array(z.string())
    .optional()
    .describe('Names of the rate limits that the request exceeded, as in RateLimit-Policy'),
});

export type ProblemDocument = z.infer<typeof problemSchema>;

/**
 * Writes the body of an error answer.
 *
 * @param url the requested URL; its query is dropped, since links may carry signatures there
 */
export function problemDocument(options: {
  status: number;
  detail: string;
  url: string;
  requestId: string;
  errors?: readonly FieldError[];
  type?: string;
  violatedPolicies?: readonly string[];
}): ProblemDocument {
  return {
    type: options.type ?? 'about:blank',
    title: STATUS_CODES[options.status] ?? 'Error',
    status: options.status,
    detail: options.detail,
    instance: pathOf(options.url),
    requestId: options.requestId,
    ...(options.errors && { errors: [...options.errors] }),
    ...(options.violatedPolicies && { 'violated-policies': [...options.violatedPolicies] }),
  };
}

/** The path of a URL, without query and fragment. */
export function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0] || '/';
}
