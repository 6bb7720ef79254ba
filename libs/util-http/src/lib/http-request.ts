/** What this library needs of a request; Fastify's fits. */
export interface HttpRequest {
  readonly id?: unknown;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body?: unknown;
  readonly params?: unknown;
  readonly query?: unknown;
  readonly ip?: string;
}

/** What a handler needs of a reply it got by `@Res({ passthrough: true })`; Fastify's fits. */
export interface HttpReply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}
