import { type FaultProxy, startFaultProxy } from '../../index';
import { ProxiedRedis } from '../../testing/proxied-redis';
import { pollUntil } from '../process/poll-until';
import { freePort } from '../process/free-port';
import { RawClient } from '../../testing/raw-client';

const server = new ProxiedRedis();

describe('cut and reset', () => {
  it('cut says good-bye to both ends', async () => {
    const client = await server.named('worker');
    server.proxy.cut();
    expect(server.proxy.connections).toEqual([]);
    expect(await client.ended()).toBe('FIN');
    expect(await server.letsGoOf('worker')).toBe(true);
  });

  it('reset breaks both ends', async () => {
    const client = await server.named('worker');
    server.proxy.reset();
    expect(server.proxy.connections).toEqual([]);
    expect(await client.ended()).toBe('ECONNRESET');
    expect(await server.letsGoOf('worker')).toBe(true);
  });

  it.each(['cut', 'reset'] as const)('%s lets nothing go on that was held', async (end) => {
    const client = await server.named('worker');
    const connection = await server.proxy.connection();
    connection.hold('toServer');
    client.say('SET', 'a', '1');
    await connection.waitForHeld('toServer');
    connection[end]();
    connection.release();
    expect(await server.letsGoOf('worker')).toBe(true);
    expect(await server.redis.cli('EXISTS', 'a')).toBe('0');
  });
});

describe('halfOpen', () => {
  it('the server has let go, the client is not told and hears nothing', async () => {
    const client = await server.named('worker');
    const connection = await server.proxy.connection();
    connection.halfOpen();
    expect(await server.letsGoOf('worker')).toBe(true);
    client.say('PING');
    await connection.waitForDropped('toServer', 14);
    expect(client.end).toBeUndefined();
    expect(client.heard).toBe('+OK\r\n');
    expect(server.proxy.connections).toEqual([connection]);

    connection.heal();
    expect(await client.ended()).toBeDefined();
    expect(await isEmpty(server.proxy)).toBe(true);
  });

  it('the client has lost its connection, the server is not told', async () => {
    const client = await server.named('worker');
    const { proxy } = server;
    proxy.halfOpen('client');
    expect(await client.ended()).toBeDefined();
    await (await proxy.connection()).waitForEnd('client');
    expect(await server.knows('worker')).toBe(true);

    await proxy.heal();
    expect(await server.letsGoOf('worker')).toBe(true);
  });

  it('is over when the client gives up by itself', async () => {
    const client = await server.named('worker');
    const connection = await server.proxy.connection();
    connection.halfOpen();
    client.socket.end();
    await connection.waitForEnd('client');
    expect(await client.ended()).toBe('FIN');
    expect(await isEmpty(server.proxy)).toBe(true);
  });

  it('lets go of nothing that was on its way', async () => {
    const client = await server.named('worker');
    const connection = await server.proxy.connection();
    connection.hold();
    client.say('SET', 'a', '1');
    await connection.waitForHeld('toServer');
    connection.halfOpen();
    connection.release();
    expect(await server.letsGoOf('worker')).toBe(true);
    expect(await server.redis.cli('EXISTS', 'a')).toBe('0');
    expect(client.end).toBeUndefined();
  });
});

describe('ends that nobody asked for', () => {
  it('a client that breaks its connection is gone for the server too', async () => {
    const client = await server.named('worker');
    client.say('PING');
    client.socket.resetAndDestroy();
    expect(await server.letsGoOf('worker')).toBe(true);
    expect(await isEmpty(server.proxy)).toBe(true);
  });

  it('a server that dies is gone for the client, and back on the next connection', async () => {
    const client = await server.named('worker');
    await server.redis.kill();
    expect(await client.ended()).toBeDefined();
    expect(await isEmpty(server.proxy)).toBe(true);
    await server.redis.restart();
    expect(await (await server.connect()).ask('PING')).toBe('+PONG\r\n');
  });

  it('a client of a server that is not there is closed', async () => {
    const proxy = await startFaultProxy({ port: await freePort() });
    const client = new RawClient(proxy.port);
    client.say('PING');
    expect(await client.ended()).toBeDefined();
    expect(await isEmpty(proxy)).toBe(true);
    await proxy.close();
  });
});

/** Whether the last connection is over within 2 s. */
function isEmpty(proxy: FaultProxy): Promise<boolean> {
  return pollUntil(() => proxy.connections.length === 0, 30_000);
}
