import { parseJson } from '../lib/python/json';
import { normalise } from './normalise';
import type { RawAnswer } from './raw-request';
import type { RecordedRequest, RecordedResponse } from './transcript';

/** What of an answer must be as recorded. */
interface Comparable {
  readonly status?: number;
  readonly error?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export function comparableRecord(
  recorded: RecordedResponse,
  request: RecordedRequest,
  translate: (text: string) => string,
): Comparable {
  const { body_binary, body_text, error, headers = {}, status } = recorded;
  if (error !== undefined) return { error };
  const told = { status: status as number, headers: comparableHeaders(headers) };
  if (!isCompared(request)) return told;
  if (body_binary) return { ...told, body: body_binary.first64_hex };
  if (body_text !== undefined)
    return { ...told, body: textBody(translate(body_text), headers['content-type']) };
  return { ...told, body: normalise(JSON.parse(translate(JSON.stringify(recorded.body)))) };
}

export function comparableAnswer(
  answer: RawAnswer | { error: string },
  request: RecordedRequest,
): Comparable {
  if ('error' in answer) return answer;
  const { body, status } = answer;
  const headers = answer.headers as Record<string, string>;
  const told = { status, headers: comparableHeaders(headers) };
  if (!isCompared(request)) return told;
  const type = headers['content-type'];
  if (type?.startsWith('image/')) return { ...told, body: body.subarray(0, 64).toString('hex') };
  return { ...told, body: textBody(body.toString(), type) };
}

/** The list of all nodes is recorded as its length, and shorter here. */
function isCompared({ path }: RecordedRequest): boolean {
  return path !== '/object_info';
}

const compared = [
  ...['content-type', 'content-disposition', 'content-range', 'x-content-type-options'],
  ...['accept-ranges', 'allow', 'etag', 'last-modified'],
];

function comparableHeaders(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = compared.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, comparableHeader(name, value)]];
  });
  return Object.fromEntries(given) as Record<string, string>;
}

function comparableHeader(name: string, value: string): string {
  if (name === 'etag' && /^"[0-9a-f]+-[0-9a-f]+"$/.test(value)) return '<etag>';
  if (name === 'last-modified' && !Number.isNaN(Date.parse(value))) return '<time>';
  return value.replace(/^(bytes \d+-\d+)\/\d+$/, '$1/<size>');
}

/** JSON is compared by what it says, and by whether `JSON.parse` can read it. */
function textBody(text: string, type: string | undefined): unknown {
  if (!type?.startsWith('application/json') || text === '') return text;
  const value = normalise(parseJson(text));
  return isJson(text) ? value : { notJson: value };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
