import { FaultProxy, type FaultProxyOptions } from './fault-proxy';

/**
 * Starts a proxy on a free loopback port in front of a server, to be broken on purpose. The server need not be there yet.
 * @example
 * const redis = await startRedis();
 * const proxy = await startFaultProxy({ port: redis.port });
 * // … connect a client to proxy.url …
 * proxy.hold('toClient');
 * await proxy.waitForHeld('toClient');
 * proxy.reset();
 * await proxy.heal();
 * await proxy.close();
 */
export async function startFaultProxy({ port, host = '127.0.0.1' }: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy({ port, host });
  await proxy.accept();
  return proxy;
}
