import type { IncomingMessage } from 'node:http';
import type { Dialect } from '../dialect/dialect';

/** Whether a page of another site is behind the request; the real server refuses those to a loopback address. */
export function isForeign({ headers }: Pick<IncomingMessage, 'headers'>, dialect: Dialect): boolean {
  if (dialect.refusesCrossSite && headers['sec-fetch-site'] === 'cross-site') return true;
  const { host, origin } = headers;
  if (!host || !origin || !isLoopback(host)) return false;
  const { host: from } = URL.canParse(origin) ? new URL(origin) : { host: '' };
  return from !== '' && from !== host.toLowerCase();
}

function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || name.startsWith('127.');
}
