import type { RedisClient } from '../client/redis-client';
import type { RedisSubscription } from '../client/subscriptions';
import { outsideRedisScope } from '../connection/request-scope';
import type { LeaseHolder } from '../lease/lease-scripts';

/** Where a new leader says that it is one. Who misses it learns it when it looks after its place in line. */
export class LeaderChannel {
  readonly #name: string;
  readonly #subscription: Promise<RedisSubscription>;

  constructor(
    private readonly client: RedisClient,
    election: string,
    onLeader: (leader: LeaseHolder) => void,
  ) {
    this.#name = `leader:${election}`;
    this.#subscription = outsideRedisScope(() =>
      client.subscribe(this.#name, (message) => {
        const leader = leaderOf(message);
        if (leader) onLeader(leader);
      }),
    );
  }

  /** Never rejects. */
  async announce(process: string, term: number): Promise<void> {
    await this.client.publish(this.#name, `${term} ${process}`).catch(() => undefined);
  }

  async close(): Promise<void> {
    await (await this.#subscription).close();
  }
}

function leaderOf(message: string): LeaseHolder | undefined {
  const [, term, process] = /^(\d{1,16}) (.+)$/.exec(message) ?? [];
  return process === undefined ? undefined : { process, token: Number(term) };
}
