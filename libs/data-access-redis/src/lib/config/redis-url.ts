import { isIP } from 'node:net';

interface UrlParts {
  host?: string;
  port?: number;
  username?: string;
  password?: string;
  db?: number;
  family?: number;
  tls: boolean;
}

/**
 * Reads a Redis URL by ourselves: the driver would silently take unknown schemes for socket paths, let query
 * values through as strings and print the whole URL in its errors. Problems are added to `problems` and never
 * repeat any part of the URL.
 */
export function parseRedisUrl(text: string, problems: string[]): UrlParts {
  const nothing: UrlParts = { tls: false };
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') {
    problems.push('url is a REST address (http); use the one of the Redis protocol, redis:// or rediss://');
    return nothing;
  }
  if (scheme !== 'redis' && scheme !== 'rediss') {
    problems.push(
      'url must begin with redis:// or rediss:// (TLS); valkey:// and the like are written redis://',
    );
    return nothing;
  }
  let url: URL;
  let username: string;
  let password: string;
  try {
    url = new URL(text);
    username = decodeURIComponent(url.username);
    password = decodeURIComponent(url.password);
  } catch {
    problems.push(
      'url cannot be read; the characters % # / ? @ and : inside user name or password must be percent-encoded (# is %23, % is %25)',
    );
    return nothing;
  }
  if (url.hash) problems.push('url has a # in it; inside a password it is written %23');
  if (!url.hostname) problems.push('url has no host');
  if (username && !password && !url.href.includes(':@')) {
    problems.push(
      'url has a user name but no password; a lone password needs a colon before it (redis://:…@host)',
    );
  }
  return {
    tls: scheme === 'rediss',
    ...(url.hostname && { host: unbracket(url.hostname) }),
    ...(url.port && { port: Number(url.port) }),
    ...(username && { username }),
    ...(password && { password }),
    ...database(url, problems),
    ...family(url, problems),
  };
}

function unbracket(host: string): string {
  const inner = host.startsWith('[') ? host.slice(1, -1) : host;
  return isIP(inner) ? inner : decodeURIComponent(host);
}

function database(url: URL, problems: string[]): { db?: number } {
  const fromPath = url.pathname.replace(/^\//, '');
  const fromQuery = url.searchParams.get('db') ?? '';
  if (fromPath && fromQuery && fromPath !== fromQuery) problems.push('url names two databases, /n and ?db=n');
  const text = fromPath || fromQuery;
  if (!text) return {};
  if (!/^\d{1,4}$/.test(text)) {
    problems.push('url: the database must be a number, as in redis://host:6379/0');
    return {};
  }
  return { db: Number(text) };
}

function family(url: URL, problems: string[]): { family?: number } {
  for (const name of url.searchParams.keys()) {
    if (name !== 'db' && name !== 'family') problems.push('url: only ?db= and ?family= may follow the host');
  }
  const text = url.searchParams.get('family');
  if (text === null) return {};
  if (!['0', '4', '6'].includes(text)) problems.push('url: family must be 0, 4 or 6');
  return { family: Number(text) };
}
