import { isIPv4, isIPv6 } from 'node:net';
import type { HttpRequest } from '../http-request';

/**
 * Whom an anonymous request is counted for: an IPv4 address as it is, of an IPv6 address the first 64 bits, which is
 * the least that one subscriber is given (whoever has them has 2^64 addresses to ask from).
 *
 * Headers are not looked at here: `request.ip` is what the app's trusted proxies tell, and what they tell is only
 * believed when it is an address.
 */
export function clientNetwork({ ip, socket }: Pick<HttpRequest, 'ip' | 'socket'>): string {
  return networkOf(ip) ?? networkOf(socket?.remoteAddress) ?? 'unknown';
}

/** Undefined when it is no address. */
export function networkOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (isIPv4(text)) return text;
  const address = withoutPort(text);
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  return mappedIPv4(address) ?? first64(address);
}

/** Some proxies tell the port, too: `203.0.113.7:51234`, `[2001:db8::1]:51234`. */
function withoutPort(text: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

/** An IPv4 client of a socket that speaks both: `::ffff:203.0.113.7`, or the same in hexadecimal. */
function mappedIPv4(address: string): string | undefined {
  const groups = groupsOf(address);
  if (groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff) return undefined;
  const bytes = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);
  return bytes.join('.');
}

function first64(address: string): string {
  const groups = groupsOf(address).slice(0, 4);
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`;
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::');
  const [before, after] = [numbersOf(head), numbersOf(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...new Array<number>(zeros).fill(0), ...after];
}

function numbersOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
