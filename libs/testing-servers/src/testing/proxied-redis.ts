import { once } from 'node:events';
import { pollUntil } from '../lib/process/poll-until';
import type { FaultProxy } from '../lib/proxy/fault-proxy';
import { startFaultProxy } from '../lib/proxy/start-fault-proxy';
import { type RedisProcess, startRedis } from '../lib/redis/start-redis';
import { RawClient } from './raw-client';

/** A real Redis for the tests of this file, a new proxy in front of it for every test, and their clients. */
export class ProxiedRedis {
  redis!: RedisProcess;
  proxy!: FaultProxy;
  private clients: RawClient[] = [];

  constructor() {
    beforeAll(async () => {
      this.redis = await startRedis();
    });
    afterAll(() => this.redis.stop());
    beforeEach(async () => {
      await this.redis.cli('FLUSHALL');
      this.proxy = await startFaultProxy({ port: this.redis.port });
    });
    afterEach(async () => {
      await this.proxy.close();
      for (const client of this.clients.splice(0)) client.socket.destroy();
    });
  }

  /** A client that has connected to the proxy. */
  async connect(): Promise<RawClient> {
    const client = new RawClient(this.proxy.port);
    this.clients.push(client);
    await once(client.socket, 'connect');
    return client;
  }

  /** A client that the server knows by this name. */
  async named(name: string): Promise<RawClient> {
    const client = await this.connect();
    expect(await client.ask('CLIENT', 'SETNAME', name)).toBe('+OK\r\n');
    return client;
  }

  /** Whether the server still has a connection of that name. */
  async knows(name: string): Promise<boolean> {
    return (await this.redis.cli('CLIENT', 'LIST')).includes(`name=${name} `);
  }

  /** Whether the server lets go of the connection of that name within 30 s. */
  letsGoOf(name: string): Promise<boolean> {
    return pollUntil(async () => !(await this.knows(name)), 30_000);
  }
}
