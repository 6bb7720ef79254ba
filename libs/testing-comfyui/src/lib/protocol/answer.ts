import { formatJson, type Json } from '../python/json';

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** A stream is made when it is wanted, and not for HEAD. */
  readonly body?: string | Buffer | (() => AsyncIterable<Buffer>);
}

export const jsonType = 'application/json; charset=utf-8';
const textType = 'text/plain; charset=utf-8';

export function json(value: Json, status = 200): Answer {
  return { status, headers: { 'content-type': jsonType }, body: formatJson(value) };
}

export function text(status: number, body: string, headers = {}): Answer {
  return { status, headers: { 'content-type': textType, ...headers }, body };
}

/** Nothing but a status, and no content type. */
export function empty(status = 200): Answer {
  return { status, body: '' };
}

/** What a request gets whose handler raised. */
export function serverError(): Answer {
  return text(500, '500 Internal Server Error\n\nServer got itself in trouble');
}

/** What the folder of the user interface answers for a path that is not in it. */
export function noSuchPage(): Answer {
  return {
    status: 404,
    headers: { 'content-type': 'application/octet-stream', 'transfer-encoding': 'chunked' },
  };
}

export function methodNotAllowed(allow: string): Answer {
  return text(405, '405: Method Not Allowed', { allow });
}
