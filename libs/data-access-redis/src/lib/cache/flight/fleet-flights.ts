import { randomUUID } from 'node:crypto';
import { readLua } from '../../client/read-lua';
import type { RedisClient } from '../../client/redis-client';
import type { RedisKey } from '../../client/redis-key';
import type { RedisScript } from '../../client/redis-script';
import { outsideRedisScope } from '../../connection/request-scope';
import { encode } from '../entry/envelope';
import type { Entry } from '../entry/envelope';
import type { ServerClock } from '../server-clock';
import { flightKey } from './flight-key';
import type { Waiter, WakeUps } from '../../waiting/wake-ups';

/** How long the fleet waits for a loader that says nothing any more. It is renewed while the load runs. */
export const LEASE_MS = 3_000;
/** How often it is renewed, which is also how soon a load learns that it was overtaken elsewhere. */
const RENEW_EVERY_MS = 500;

export type Grant =
  /** The caller loads. `since` is the server's clock in µs: what is invalidated later makes the load worthless. */
  | { is: 'yours'; flight: FleetFlight; since: number; foreign: boolean }
  /** Another process loads; it is known to live for so many ms. */
  | { is: 'taken'; forMs: number }
  /** A load failed a moment ago, and there is an old value to be served for so many ms. */
  | { is: 'failed'; forMs: number }
  /** The entry is not any more what the caller saw. */
  | { is: 'changed' };

/** The right to load one entry. It is lost when the lease runs out, or when the entry is deleted or set. */
export interface FleetFlight {
  /** Stores the value and wakes those who wait; false when the right was lost. @throws RedisError */
  fill(entry: Omit<Entry, 'head'>, ttl: number): Promise<boolean>;
  /**
   * Gives the right up. Never rejects.
   * @param how whether those who wait shall read again or load by themselves
   * @param quietMs for how long nobody who has an old value tries again
   */
  giveUp(how: 'read-again' | 'failed', quietMs?: number): Promise<void>;
  /** Told at each renewal, while the load runs, whether the right was still there. */
  onRenewal?: (kept: boolean) => void;
}

type Script = RedisScript<unknown[]>;

/**
 * One load per entry in the whole fleet. The right to load is a lease, and also the fence: a fill is accepted only
 * while it holds (the leases of Memcached at Facebook, Nishtala et al. 2013; waiting by push as in rueidisaside).
 */
export class FleetFlights {
  private readonly scripts: { begin: Script; fill: Script; fail: Script; renew: Script };

  constructor(
    client: RedisClient,
    private readonly prefix: string,
    private readonly timeoutMs: number,
    private readonly clock: ServerClock,
    private readonly wakeUps: WakeUps,
  ) {
    const settle = readLua(__dirname, 'settle.lua');
    const script = (name: string, before = ''): Script =>
      client.defineScript({
        name: `cache-${name}`,
        lua: before + readLua(__dirname, `${name}.lua`),
        parse: (reply) => [reply].flat(),
      });
    this.scripts = {
      begin: script('begin'),
      fill: script('fill', settle),
      fail: script('fail', settle),
      renew: script('renew'),
    };
  }

  waiter(key: RedisKey): Waiter {
    return this.wakeUps.waiter(this.prefix + key);
  }

  /**
   * Asks for the right to load.
   *
   * @param seen head of the entry that was read, `''` for none
   * @param newestVersion highest tag version that was read with it
   * @param how whether the caller waits when another one loads, and whether it has an old value to serve
   * @throws RedisError
   */
  async begin(
    key: RedisKey,
    seen: string,
    newestVersion: number,
    { wait, standIn }: { wait: boolean; standIn: boolean },
  ): Promise<Grant> {
    if (wait) await this.wakeUps.listen();
    const token = randomUUID();
    const keys = [key, flightKey(this.prefix, key)];
    const sentAt = Date.now();
    const [answer, a, b] = await this.scripts.begin.run({
      keys,
      args: [seen, token, LEASE_MS, wait ? this.wakeUps.channel : '', newestVersion, standIn ? 1 : 0],
      timeoutMs: this.timeoutMs,
    });
    if (answer === 'yours' || answer === 'yours-foreign') {
      this.clock.observe(a, b, sentAt);
      return {
        is: 'yours',
        foreign: answer === 'yours-foreign',
        since: Number(a) * 1_000_000 + Number(b),
        flight: this.flight(keys, token),
      };
    }
    if (answer === 'taken' || answer === 'failed') {
      return { is: answer, forMs: Math.max(1, Number(a)) };
    }
    return { is: 'changed' };
  }

  private flight(keys: RedisKey[], token: string): FleetFlight {
    const { timeoutMs } = this;
    const renew = () =>
      this.scripts.renew
        .run({ keys: keys.slice(1), args: [token, LEASE_MS], timeoutMs })
        .then(([kept]) => {
          if (kept === 0) clearInterval(renewal);
          flight.onRenewal?.(kept !== 0);
        })
        .catch(() => undefined);
    const renewal = outsideRedisScope(() => setInterval(renew, RENEW_EVERY_MS));
    renewal.unref();
    // Beyond the request that began the load, whose patience with Redis may be at its end: others wait for this.
    const flight: FleetFlight = {
      fill: (entry, ttl) =>
        outsideRedisScope(async () => {
          clearInterval(renewal);
          const args = [token, encode(entry), ttl];
          const [stored] = await this.scripts.fill.run({ keys, args, timeoutMs });
          return stored === 1;
        }),
      giveUp: (how, quietMs = 0) =>
        outsideRedisScope(async () => {
          clearInterval(renewal);
          const args = [token, quietMs, how === 'failed' ? 'f' : 'd'];
          await this.scripts.fail.run({ keys, args, timeoutMs }).catch(() => undefined);
        }),
    };
    return flight;
  }
}
