import { isIP } from 'node:net';
import type { z } from 'zod';

/** Names that Fastify knows for the networks of one machine, one link, and one organisation. */
const NAMES = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** Reads a list such as `10.0.0.0/8, fd00::/8, loopback`. */
export function trustedProxies(text: string | undefined, context: z.RefinementCtx): readonly string[] {
  const proxies = (text ?? '').split(',').map((proxy) => proxy.trim());
  const named = proxies.filter((proxy) => proxy !== '');
  if (!named.every(isNetwork)) {
    context.addIssue({
      code: 'custom',
      message:
        'must be addresses (10.0.0.7), networks (10.0.0.0/8, fd00::/8) or loopback, linklocal, uniquelocal, with commas between',
    });
  }
  return named;
}

function isNetwork(proxy: string): boolean {
  if (NAMES.has(proxy)) return true;
  const [address = '', bits, ...more] = proxy.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  // A network of 0 bits is everybody: then every client could say where it comes from.
  return (
    bits === undefined ||
    (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128))
  );
}
