import type { IncomingHttpHeaders } from 'node:http';
import { type Json, parseJson } from '../python/json';
import { PythonError } from '../python/python-error';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A request as handlers see it. */
export class Call {
  constructor(
    readonly method: string,
    readonly url: URL,
    readonly headers: IncomingHttpHeaders,
    readonly body: Buffer,
    /** The parts of the path that the route leaves open. */
    readonly params: Readonly<Record<string, string>>,
  ) {}

  /** @throws PythonError when the body is no JSON; the content type does not matter */
  json(): Json {
    return parseJson(this.text());
  }

  query(name: string): string | undefined {
    return this.url.searchParams.get(name) ?? undefined;
  }

  /** @throws PythonError when it is there and no whole number */
  integer(name: string): number | undefined {
    const value = this.query(name);
    if (value === undefined) return undefined;
    if (/^\s*[-+]?\d+\s*$/.test(value)) return Number(value);
    throw new PythonError('ValueError', `invalid literal for int() with base 10: '${value}'`);
  }

  private text(): string {
    try {
      return utf8.decode(this.body);
    } catch {
      throw new PythonError('UnicodeDecodeError', "'utf-8' codec can't decode the body");
    }
  }
}
