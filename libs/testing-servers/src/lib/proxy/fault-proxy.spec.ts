import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ProxiedRedis } from '../../testing/proxied-redis';

const server = new ProxiedRedis();

describe('relaying', () => {
  it('carries commands and answers, and knows a connection by what it said', async () => {
    const [worker, other] = [await server.named('worker'), await server.named('other')];
    const { proxy } = server;
    expect(proxy.url).toBe(`redis://127.0.0.1:${proxy.port}`);
    expect(proxy.connections.map(({ id }) => id)).toEqual([1, 2]);
    const found = await proxy.connection(({ sent }) => sent.includes('worker'));
    found.cut();
    expect(await worker.ended()).toBe('FIN');
    expect(await other.ask('PING')).toBe('+PONG\r\n');
    expect(proxy.connections.map(({ id }) => id)).toEqual([2]);
  });

  it('waits for a connection that is not there yet, and not for ever', async () => {
    await expect(server.proxy.connection(() => true, 50)).rejects.toThrow(
      'No connection matched within 50 ms.',
    );
    const later = server.proxy.connection(({ sent }) => sent.includes('late'));
    await server.named('early');
    await server.named('late');
    expect((await later).id).toBe(2);
  });

  it('gives the newest connection: the one that a client made after it lost the other', async () => {
    await server.named('worker');
    await server.named('worker');
    expect((await server.proxy.connection(({ sent }) => sent.includes('worker'))).id).toBe(2);
  });

  it('keeps no more than the first 4 KiB of what was said', async () => {
    const client = await server.connect();
    await client.ask('ECHO', 'x'.repeat(100_000));
    expect((await server.proxy.connection()).sent).toHaveLength(4_096);
  });

  it('lets a client that has said its last word still hear the answers', async () => {
    const client = await server.connect();
    client.say('PING');
    client.socket.end();
    expect(await client.ended()).toBe('FIN');
    expect(client.heard).toBe('+PONG\r\n');
  });
});

describe('new connections', () => {
  it('are refused and accepted again on the same port, and those that are there stay', async () => {
    const { proxy } = server;
    const client = await server.named('worker');
    const { port } = proxy;
    await Promise.all([proxy.refuse(), proxy.refuse()]);
    await expect(server.connect()).rejects.toThrow('ECONNREFUSED');
    expect(await client.ask('PING')).toBe('+PONG\r\n');

    await Promise.all([proxy.accept(), proxy.accept()]);
    expect(proxy.port).toBe(port);
    expect(await (await server.connect()).ask('PING')).toBe('+PONG\r\n');
    expect(await client.ask('PING')).toBe('+PONG\r\n');
  });

  it('are stalled: taken, but nobody is behind them until the proxy accepts again', async () => {
    const { proxy } = server;
    await proxy.refuse();
    await proxy.stall();
    const client = await server.connect();
    client.say('CLIENT', 'SETNAME', 'stalled');
    await proxy.waitForHeld('toServer');
    expect(await server.knows('stalled')).toBe(false);
    expect(client.heard).toBe('');

    await proxy.accept();
    expect(await client.hears('+OK\r\n')).toBe(true);
    expect(await server.knows('stalled')).toBe(true);
  });
});

describe('heal', () => {
  it('ends whatever is wrong, for connections that are there and for new ones', async () => {
    const { proxy } = server;
    const client = await server.named('worker');
    proxy.hold('toServer');
    proxy.delay(60_000);
    proxy.throttle(1);
    proxy.drop('toClient');
    await proxy.refuse();
    client.say('PING');
    await proxy.waitForHeld('toServer', 14);
    proxy.release('toServer');
    expect(proxy.heldBytes('toServer')).toBe(14);

    await proxy.heal();
    expect(await client.hears('+PONG\r\n')).toBe(true);
    expect(await (await server.connect()).ask('PING')).toBe('+PONG\r\n');
  });

  it('does not wait for a line that was very slow', async () => {
    const { proxy } = server;
    const client = await server.named('worker');
    proxy.throttle(0.001, 'toServer');
    client.say('PING');
    await proxy.waitForHeld('toServer', 13);
    await proxy.heal();
    expect(await client.hears('+PONG\r\n')).toBe(true);
  });

  it('of one connection leaves the others as they are', async () => {
    const { proxy } = server;
    const [one, other] = [await server.named('one'), await server.named('other')];
    proxy.hold('toClient');
    one.say('PING');
    other.say('PING');
    await proxy.waitForHeld('toClient', 14);
    (await proxy.connection(({ sent }) => sent.includes('one'))).heal();
    expect(await one.hears('+PONG\r\n')).toBe(true);
    expect(proxy.heldBytes('toClient')).toBe(7);
    expect(other.heard).toBe('+OK\r\n');
  });
});

describe('close', () => {
  it('is done once and tells those that wait', async () => {
    const { proxy } = server;
    const client = await server.named('worker');
    const never = proxy.connection(() => false);
    await Promise.all([proxy.close(), proxy.close()]);
    await expect(never).rejects.toThrow('The fault proxy is closed.');
    await expect(proxy.waitForHeld()).rejects.toThrow('The fault proxy is closed.');
    await expect(proxy.accept()).rejects.toThrow('The fault proxy is closed.');
    expect(await client.ended()).toBeDefined();
    await expect(server.connect()).rejects.toThrow('ECONNREFUSED');
  });

  it('leaves nothing that keeps a process alive, and no promise that would end it', async () => {
    const script = `
      require('@sluice/testing-servers/register');
      const { startFaultProxy } = require(${JSON.stringify(join(__dirname, '../../index.ts'))});
      const { connect } = require('node:net');
      const { once } = require('node:events');
      (async () => {
        const proxy = await startFaultProxy({ port: ${server.redis.port} });
        proxy.delay(60_000);
        void proxy.dropNext('toClient', () => false, 60_000);
        void proxy.connection(() => false, 60_000);
        const clients = [connect(proxy.port, '127.0.0.1'), connect(proxy.port, '127.0.0.1')];
        for (const client of clients) client.on('error', () => undefined).write('PING\\r\\n');
        await proxy.waitForHeld('toServer', 12);
        await proxy.stall();
        clients.push(connect(proxy.port, '127.0.0.1').on('error', () => undefined));
        await proxy.connection(({ id }) => id === 3);
        clients[0].end();
        await proxy.close();
        console.log('closed');
      })();`;
    const child = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 10_000,
    });
    const [[said], [code]] = await Promise.all([once(child.stdout, 'data'), once(child, 'exit')]);
    expect(String(said)).toBe('closed\n');
    expect(code).toBe(0);
  });
});
