import type { RedisClient } from '../../lib/client/redis-client';
import { readLua } from '../../lib/client/read-lua';

/** What lies in Redis of a lease. Times are ms of the server's clock. */
export interface StoredLease {
  /** Microseconds of the server's clock when it was looked at. */
  readonly at: number;
  /** Those who hold it at this moment; who has run out is not among them. */
  readonly holders: readonly { readonly id: string; readonly token: number; readonly leftMs: number }[];
  /** Who stands in line, in order. */
  readonly line: readonly string[];
  /** Times-to-live of the keys that are there, in ms; -1 for one that has none. */
  readonly timesToLive: readonly number[];
}

/** Looks at leases past the library, and lets time pass for them. The one place in tests that knows their form. */
export class StoredLeases {
  private readonly script;

  constructor(client: RedisClient) {
    const script = <R>(name: string, parse: (reply: unknown) => R) =>
      client.defineScript({ name: `test-${name}`, lua: readLua(__dirname, `${name}.lua`), parse });
    this.script = {
      look: script('look', decode),
      elapse: script('elapse', () => undefined),
      setClockBack: script('set-clock-back', () => undefined),
    };
  }

  /** @param keys full names of the lease and of the line before it */
  look(keys: readonly [lease: string, line: string]): Promise<StoredLease> {
    return this.script.look.call([...keys], 2);
  }

  elapse([lease]: readonly [lease: string, line: string], ms: number): Promise<void> {
    return this.script.elapse.call([lease, String(ms)], 1);
  }

  setClockBack([lease]: readonly [lease: string, line: string]): Promise<void> {
    return this.script.setClockBack.call([lease], 1);
  }
}

type Reply = [string, string, string | string[] | null, number, string[], number];

const NO_SUCH_KEY = -2;

function decode(reply: unknown): StoredLease {
  const [seconds, microseconds, stored, leaseTtl, line, lineTtl] = reply as Reply;
  const at = Number(seconds) * 1e6 + Number(microseconds);
  const now = Math.floor(at / 1_000);
  const holders = holdersOf(stored)
    .map(({ id, token, end }) => ({ id, token, leftMs: end - now }))
    .filter(({ leftMs }) => leftMs > 0);
  return { at, holders, line, timesToLive: [leaseTtl, lineTtl].filter((ttl) => ttl !== NO_SUCH_KEY) };
}

function holdersOf(stored: string | string[] | null): { id: string; token: number; end: number }[] {
  if (stored === null) return [];
  if (typeof stored === 'string') {
    if (stored.length <= 31) return [];
    return [{ id: stored.slice(31), token: Number(stored.slice(0, 16)), end: Number(stored.slice(17, 30)) }];
  }
  const holders: { id: string; token: number; end: number }[] = [];
  for (let i = 0; i < stored.length; i += 2) {
    const [id, value] = [stored[i] as string, stored[i + 1] as string];
    if (id === 'last') continue;
    holders.push({ id, token: Number(value.slice(0, 16)), end: Number(value.slice(17, 30)) });
  }
  return holders;
}
