import 'reflect-metadata';
import type { z } from 'zod';

/** The schemas that input must pass. Use `z.strictObject`, so that unknown fields are refused. */
export interface EndpointInput {
  body?: z.ZodType;
  params?: z.ZodObject;
  query?: z.ZodObject;
}

/** Everything about one route that its callers must know. */
export interface EndpointOptions extends EndpointInput {
  /** A few words for the document. */
  summary: string;
  /** The success answers: body schema by status, `null` for none. The first one is the status that is sent. */
  responses: Readonly<Record<number, z.ZodType | null>>;
  /**
   * Error statuses beyond those that follow from the rest: 400 with input, 413 and 415 with a body, 401 unless public,
   * 429 unless unlimited, 503.
   */
  problems?: readonly number[];
  /** True: needs no token. Default false. The same as `@Public()`, and says so in the document. */
  public?: boolean;
  /** True: no rate limit holds. Default false. The same as `@Unlimited()`, and says so in the document. */
  unlimited?: boolean;
  /** Request headers worth naming in the document, with their meaning. */
  requestHeaders?: Readonly<Record<string, string>>;
  /** Headers of the success answers worth naming in the document, with their meaning. */
  responseHeaders?: Readonly<Record<string, string>>;
}

const ENDPOINT = Symbol('sluice:endpoint');

/** Remembers what a handler declared. */
export function declareEndpoint(handler: object, options: EndpointOptions): void {
  Reflect.defineMetadata(ENDPOINT, options, handler);
}

/** What a handler declared by `@Endpoint`, if it did. */
export function endpointOf(handler: object): EndpointOptions | undefined {
  return Reflect.getMetadata(ENDPOINT, handler) as EndpointOptions | undefined;
}
