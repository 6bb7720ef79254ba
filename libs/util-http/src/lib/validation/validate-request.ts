import type { z } from 'zod';
import type { EndpointInput } from '../endpoint/endpoint.options';
import type { HttpRequest } from '../http-request';
import { type FieldError, problem } from '../problem/problem.error';
import { fieldErrors } from './field-errors';
import { unstorableFields } from './refuse-unstorable';

/** The three places where input comes from, parsed. */
export interface ValidInput {
  body: unknown;
  params: unknown;
  query: unknown;
}

/** More wrong fields than this are not listed: an answer stays small however wrong the request is. */
const MAX_ERRORS = 100;

const PLACES = ['params', 'query', 'body'] as const;

/**
 * Checks all input of a request together, so that one answer names every wrong field wherever it is.
 *
 * @throws ProblemError 400 with `errors`
 */
export function validateRequest(request: HttpRequest, schemas: EndpointInput): ValidInput {
  const input: ValidInput = { body: undefined, params: undefined, query: undefined };
  const errors: FieldError[] = [];
  for (const place of PLACES) {
    const schema = schemas[place];
    if (!schema) continue;
    const result = check(schema, request[place]);
    if ('errors' in result) errors.push(...result.errors);
    else input[place] = result.value;
  }
  if (errors.length === 0) return input;
  const names = [...new Set(errors.map(({ path }) => shortened(path)))].slice(0, 20).join(', ');
  throw problem(400, {
    detail: `The request is not valid: see ${names}.`,
    errors: errors.slice(0, MAX_ERRORS),
  });
}

function check(schema: z.ZodType, value: unknown): { value: unknown } | { errors: FieldError[] } {
  const unstorable = unstorableFields(value);
  const result = schema.safeParse(value);
  const invalid = result.success ? [] : fieldErrors(result.error.issues);
  const named = new Set(unstorable.map(({ path }) => path));
  const errors = [...unstorable, ...invalid.filter(({ path }) => !named.has(path))];
  return errors.length > 0 || !result.success ? { errors } : { value: result.data };
}

function shortened(path: string): string {
  return path === '' ? 'the body' : path.slice(0, 80);
}
