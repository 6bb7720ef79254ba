import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, jsonType, serverError, text } from '../protocol/answer';
import type { ActiveFaults } from './fault-switches';
import type { OnRoute } from './faults';

/** What becomes of one request. */
export interface HttpFault {
  /** No answer, ever. */
  readonly silent?: boolean;
  /** Answered with this, and not done. */
  readonly instead?: Answer;
  /** Done, and then answered otherwise. */
  change?(answer: Answer): Answer;
  /** Milliseconds before the answer goes out. */
  readonly delayMs?: number;
  /** The connection is cut before the answer. */
  readonly cut?: boolean;
}

/** What the faults that are on make of this request. */
export function faultFor(
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
  faults: ActiveFaults,
): HttpFault {
  const route = `${method} ${path.replace(/^\/api(?=\/(?!jobs))/, '')}`;
  const fits = ({ on = '' }: OnRoute) => route.startsWith(on);
  if (isLocked(headers, faults)) return { instead: text(401, '401: Unauthorized') };
  if (faults.take('silent', fits)) return { silent: true };

  const delayMs = faults.take('slow', fits)?.ms ?? 0;
  const broken = faults.take('error-500', fits);
  if (broken) return broken.done ? { delayMs, change: serverError } : { delayMs, instead: serverError() };
  const html = faults.take('html', fits);
  if (html) return { delayMs, instead: signInPage(html.status ?? 200) };
  if (faults.take('nan', fits)) return { delayMs, change: withNaN };
  const cut = faults.take('lost-reply', ({ on = 'POST /prompt' }) => route.startsWith(on)) !== undefined;
  return { delayMs, cut };
}

/** Whether the header that is wanted is not there. */
export function isLocked(headers: IncomingHttpHeaders, faults: ActiveFaults): boolean {
  const wanted = faults.get('auth-required');
  return wanted !== undefined && headers[wanted.header.toLowerCase()] !== wanted.value;
}

function signInPage(status: number): Answer {
  return {
    status,
    headers: { 'content-type': 'text/html' },
    body: '<!doctype html><title>Sign in</title>\n',
  };
}

function withNaN(answer: Answer): Answer {
  if (answer.headers?.['content-type'] !== jsonType || typeof answer.body !== 'string') return answer;
  const [first, rest] = [answer.body.slice(0, 1), answer.body.slice(1)];
  const comma = rest.length > 1 ? ', ' : '';
  return { ...answer, body: `${first}${first === '{' ? '"simulated": ' : ''}NaN${comma}${rest}` };
}
