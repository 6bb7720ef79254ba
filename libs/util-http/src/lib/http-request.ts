/** What this library needs of a request; Fastify's fits. */
export interface HttpRequest {
  readonly id?: unknown;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body?: unknown;
  readonly params?: unknown;
  readonly query?: unknown;
  /** The client's address as the app's trusted proxies tell it; without any, the other end of the connection. */
  readonly ip?: string;
  readonly socket?: { readonly remoteAddress?: string | undefined };
}

/** What a handler needs of a reply it got by `@Res({ passthrough: true })`; Fastify's fits. */
export interface HttpReply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}
