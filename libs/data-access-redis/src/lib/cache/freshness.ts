import type { ResolvedCacheOptions } from './redis-cache-options';

type Lifetimes = Pick<ResolvedCacheOptions<unknown>, 'jitter' | 'staleWhileRevalidate' | 'failSafe'>;

/** A ttl shortened at random by up to the jitter; 0 stays 0. In ms. */
export function lifetime(ttl: number, { jitter }: Lifetimes): number {
  return ttl === 0 ? 0 : Math.max(1, Math.round(ttl * (1 - Math.random() * jitter)));
}

/** How long Redis keeps a value in ms: as long as it is fresh, and as an old one may stand in for it. */
export function retention(
  ttl: number,
  absent: boolean,
  { staleWhileRevalidate, failSafe }: Lifetimes,
): number {
  return absent ? ttl : ttl + Math.max(staleWhileRevalidate, failSafe.maxAge);
}

/**
 * Whether this reader should reload a value that is still fresh for `freshForMs`: each decides by a throw of dice
 * that grows likelier towards the end, so that one of many does it a little early (XFetch, Vattani, Chierichetti and
 * Lowenstein, VLDB 2015).
 */
export function refreshEarly(freshForMs: number, loadMs: number, beta: number): boolean {
  return beta > 0 && -Math.max(1, loadMs) * beta * Math.log(Math.random()) >= freshForMs;
}
