import { startFaultProxy, startTls } from '@sluice/testing-servers';
import type { FaultProxy, TlsRedis } from '@sluice/testing-servers';
import type { ServedProcess } from '../processes/served-process';
import type { Servers } from './servers';

/** Of the resolver in hook.cjs, and what the certificate is made out to. */
const NAME = 'redis.chaos.test';

/** One Redis that speaks TLS, by a private authority, behind a proxy. */
export class TlsServers implements Servers {
  users: readonly ServedProcess[] = [];

  private constructor(
    readonly redis: TlsRedis,
    readonly proxy: FaultProxy,
  ) {}

  static async start(): Promise<TlsServers> {
    const redis = await startTls({ names: [NAME] });
    return new TlsServers(redis, await startFaultProxy({ port: redis.port }));
  }

  get env(): Record<string, string> {
    return {
      REDIS_URL: `rediss://${NAME}:${this.proxy.port}`,
      REDIS_TLS_CA: this.redis.authority.certificate,
    };
  }

  /** Shows a certificate that expired a minute ago, or a good one, to whoever connects from now on. */
  async present(what: 'expired' | 'good'): Promise<void> {
    const minute = 60_000;
    const past = { validFrom: new Date(Date.now() - 60 * minute), validUntil: new Date(Date.now() - minute) };
    const { authority } = this.redis;
    await this.redis.present(authority.issue({ names: [NAME], ...(what === 'expired' ? past : {}) }));
  }

  get name(): string {
    return NAME;
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.redis.stop();
  }
}
