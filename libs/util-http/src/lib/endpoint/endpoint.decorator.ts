import { applyDecorators, HttpCode } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
} from '@nestjs/swagger';
import type { z } from 'zod';
import { Public } from '../identity/public.decorator';
import { Unlimited } from '../rate-limit/rate-limit.decorator';
import { PROBLEM_MEDIA_TYPE, problemSchema } from '../problem/problem-document';
import { declareEndpoint, type EndpointOptions } from './endpoint.options';
import { openApiSchema } from './openapi-schema';

/**
 * Declares a route once: the OpenAPI document is written from it, and `@ValidBody()`, `@ValidParams()` and
 * `@ValidQuery()` validate against the same schemas.
 *
 * @example
 * ```ts
 * @Get(':id')
 * @Endpoint({ summary: 'One character', params: idParams, responses: { 200: characterSchema }, problems: [404] })
 * get(@ValidParams() { id }: z.infer<typeof idParams>) {}
 * ```
 */
export function Endpoint(options: EndpointOptions): MethodDecorator {
  return applyDecorators(
    (_target: object, _key: string | symbol, descriptor: PropertyDescriptor) =>
      declareEndpoint(descriptor.value as object, options),
    ApiOperation({ summary: options.summary }),
    ...(options.public ? [Public()] : [ApiBearerAuth()]),
    ...(options.unlimited ? [Unlimited()] : []),
    ...successStatus(options),
    ...inputs(options),
    ...answers(options),
  );
}

/** Only 202 and 204 are set: for the rest Nest's default is right, and a set code would win over a handler's 304. */
function successStatus({ responses }: EndpointOptions): MethodDecorator[] {
  const status = Number(Object.keys(responses)[0]);
  return status === 202 || status === 204 ? [HttpCode(status)] : [];
}

function inputs({ body, params, query, requestHeaders = {} }: EndpointOptions): MethodDecorator[] {
  const entries = (schema?: z.ZodObject) => Object.entries(schema?.shape ?? {}) as [string, z.ZodType][];
  return [
    ...(body ? [ApiBody({ schema: openApiSchema(body, 'input') })] : []),
    ...entries(params).map(([name, schema]) => ApiParam({ name, schema: openApiSchema(schema, 'input') })),
    ...entries(query).map(([name, schema]) =>
      ApiQuery({
        name,
        required: !schema.safeParse(undefined).success,
        schema: openApiSchema(schema, 'input'),
      }),
    ),
    ...Object.entries(requestHeaders).map(([name, description]) =>
      ApiHeader({ name, description, required: false, schema: { type: 'string' } }),
    ),
  ];
}

/** What every answer of a limited route says of its limits (draft-ietf-httpapi-ratelimit-headers). */
const LIMIT_HEADERS = {
  'RateLimit-Policy': 'The limits of this route: `"default";q=100;w=60` is 100 in 60 seconds',
  RateLimit: 'What is left of each (`r`), and in how many seconds there will be more (`t`)',
};

const RETRY_HEADER = { 'Retry-After': 'In how many seconds to try again' };

function answers(options: EndpointOptions): MethodDecorator[] {
  const limitHeaders = options.unlimited ? {} : LIMIT_HEADERS;
  const headers = headerDocuments({ ...limitHeaders, ...options.responseHeaders });
  const successes = Object.entries(options.responses).map(([status, schema]) =>
    ApiResponse({
      status: Number(status),
      description: options.summary,
      headers,
      ...(schema && { content: { 'application/json': { schema: openApiSchema(schema, 'output') } } }),
    }),
  );
  const takesInput = options.body ?? options.params ?? options.query;
  const problems = new Set([
    ...(takesInput ? [400] : []),
    ...(options.body ? [413, 415] : []),
    ...(options.public ? [] : [401]),
    ...(options.unlimited ? [] : [429]),
    ...(options.problems ?? []),
    503,
  ]);
  const content = { [PROBLEM_MEDIA_TYPE]: { schema: openApiSchema(problemSchema, 'output') } };
  const failures = [...problems]
    .sort((a, b) => a - b)
    .filter((status) => !(status in options.responses))
    .map((status) =>
      ApiResponse({ status, description: 'Problem', content, headers: problemHeaders(status) }),
    );
  return [...successes, ...failures, ApiResponse({ status: 'default', description: 'Problem', content })];
}

function problemHeaders(status: number): HeaderDocuments {
  if (status === 429) return headerDocuments({ ...LIMIT_HEADERS, ...RETRY_HEADER });
  return status === 503 ? headerDocuments(RETRY_HEADER) : {};
}

type HeaderDocuments = Record<string, { description: string; schema: { type: 'string' } }>;

function headerDocuments(headers: Readonly<Record<string, string>>): HeaderDocuments {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}
