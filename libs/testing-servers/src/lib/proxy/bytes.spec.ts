import { Socket } from 'node:net';
import { resp } from '../../testing/raw-client';
import { ProxiedRedis } from '../../testing/proxied-redis';
import { pollUntil } from '../process/poll-until';

const server = new ProxiedRedis();

describe('hold', () => {
  it('keeps commands from the server, and releases them in order', async () => {
    const client = await server.named('worker');
    const connection = await server.proxy.connection();
    connection.hold('toServer');
    client.say('SET', 'a', '1');
    client.say('APPEND', 'a', '2');
    const length = resp('SET', 'a', '1').length + resp('APPEND', 'a', '2').length;
    await connection.waitForHeld('toServer', length);
    expect(connection.heldBytes()).toBe(length);
    expect(connection.heldBytes('toClient')).toBe(0);
    expect(await server.redis.cli('EXISTS', 'a')).toBe('0');

    connection.release('toServer');
    expect(await client.hears('+OK\r\n:2\r\n')).toBe(true);
    expect(connection.heldBytes()).toBe(0);
  });

  it('releases what it held in one chunk', async () => {
    const client = await server.named('worker');
    const { proxy } = server;
    proxy.hold('toClient');
    client.say('PING');
    await proxy.waitForHeld('toClient', 7);
    client.say('PING');
    await proxy.waitForHeld('toClient', 14);
    client.chunks.length = 0;
    // Several writes may arrive as one chunk by chance; one write of this size always does.
    const write = jest.spyOn(Socket.prototype, 'write');
    proxy.release('toClient');
    expect(write.mock.calls.map(([chunk]) => String(chunk))).toEqual(['+PONG\r\n+PONG\r\n']);
    write.mockRestore();
    await client.hears('+PONG\r\n+PONG\r\n');
    expect(client.chunks).toEqual(['+PONG\r\n+PONG\r\n']);
  });

  it('is for the connections of the future as well, and delivers what a client said before it left', async () => {
    const { proxy, redis } = server;
    proxy.hold('toServer');
    const client = await server.connect();
    client.say('SET', 'late', '1');
    client.socket.end();
    const connection = await proxy.connection(({ sent }) => sent.includes('late'));
    await connection.waitForEnd('client');
    expect(await redis.cli('EXISTS', 'late')).toBe('0');
    proxy.release();
    expect(await pollUntil(async () => (await redis.cli('EXISTS', 'late')) === '1', 30_000)).toBe(true);
    expect(await client.ended()).toBe('FIN');
  });

  it('says so when nothing arrived to be held', async () => {
    server.proxy.hold();
    await expect(server.proxy.waitForHeld('toServer', 1, 50)).rejects.toThrow(
      '1 bytes (toServer) were not held within 50 ms.',
    );
  });
});

describe('drop', () => {
  it('is a black hole for answers: the server has done it, the client hears nothing', async () => {
    const client = await server.named('worker');
    const connection = await server.proxy.connection();
    connection.drop('toClient');
    client.say('SET', 'a', '1');
    await connection.waitForDropped('toClient', '+OK\r\n'.length);
    expect(await server.redis.cli('GET', 'a')).toBe('1');

    await server.proxy.heal();
    expect(await client.ask('PING')).toBe('+PONG\r\n');
    expect(client.heard).toBe('+OK\r\n+PONG\r\n');
  });

  it('is a black hole for commands, and for the end of the client', async () => {
    const client = await server.named('worker');
    const { proxy, redis } = server;
    proxy.drop('toServer');
    client.say('SET', 'a', '1');
    await proxy.waitForDropped('toServer', resp('SET', 'a', '1').length);
    client.socket.end();
    await (await proxy.connection()).waitForEnd('client');
    expect(await server.knows('worker')).toBe(true);
    expect(await redis.cli('EXISTS', 'a')).toBe('0');

    await proxy.heal();
    expect(await client.ended()).toBe('FIN');
    expect(await server.letsGoOf('worker')).toBe(true);
    expect(proxy.droppedBytes()).toBe(resp('SET', 'a', '1').length);
  });
});

describe('dropNext', () => {
  it('loses one answer that matches and nothing else', async () => {
    const client = await server.named('worker');
    const connection = await server.proxy.connection();
    const lost = connection.dropNext('toClient', (chunk) => chunk.toString() === '+OK\r\n');
    expect(await client.ask('PING')).toBe('+PONG\r\n');
    client.say('SET', 'a', '1');
    expect((await lost).chunk.toString()).toBe('+OK\r\n');
    expect(await server.redis.cli('GET', 'a')).toBe('1');
    expect(await client.ask('SET', 'a', '2')).toBe('+OK\r\n');
    expect(client.heard).toBe('+OK\r\n+PONG\r\n+OK\r\n');
  });

  it('on a proxy, loses that of one connection and says whose', async () => {
    const clients = [await server.connect(), await server.connect()];
    const lost = server.proxy.dropNext('toServer');
    clients[1]?.say('SET', 'a', '1');
    const { connection, chunk } = await lost;
    expect(connection.id).toBe(2);
    expect(chunk.toString()).toBe(resp('SET', 'a', '1'));
    connection.cut();
    expect(await clients[1]?.ended()).toBe('FIN');
    expect(await clients[0]?.ask('EXISTS', 'a')).toBe(':0\r\n');
  });

  it('says when it did not happen, and then no longer waits to do it', async () => {
    const client = await server.named('worker');
    const { proxy } = server;
    const connection = await proxy.connection();
    await expect(proxy.dropNext('toClient', undefined, 50)).rejects.toThrow(
      'No chunk to be dropped came by within 50 ms.',
    );
    expect(await client.ask('PING')).toBe('+PONG\r\n');
    const healed = [proxy.dropNext('toClient'), connection.dropNext('toClient')];
    await proxy.heal();
    await expect(healed[0]).rejects.toThrow('The proxy was healed first.');
    await expect(healed[1]).rejects.toThrow('The connection was healed first.');
    expect(await client.ask('PING')).toBe('+PONG\r\n');

    const wrong = connection.dropNext('toClient', () => JSON.parse('not JSON') as boolean);
    expect(await client.ask('PING')).toBe('+PONG\r\n');
    await expect(wrong).rejects.toThrow(SyntaxError);

    const cut = connection.dropNext('toClient');
    connection.cut();
    await expect(cut).rejects.toThrow('The connection was cut first.');
  });
});

describe('delay and throttle', () => {
  it('a delayed answer comes that much later, in order', async () => {
    const client = await server.named('worker');
    const { proxy } = server;
    proxy.delay(150, 'toClient');
    const from = performance.now();
    client.say('ECHO', '1');
    await proxy.waitForHeld('toClient');
    proxy.delay(0, 'toClient');
    client.say('ECHO', '2');
    expect(await client.hears('1\r\n$1\r\n2\r\n')).toBe(true);
    expect(performance.now() - from).toBeGreaterThanOrEqual(150);
    expect(client.heard).toBe('+OK\r\n$1\r\n1\r\n$1\r\n2\r\n');
  });

  it('a throttled direction carries so many bytes a second, also for new connections', async () => {
    const { proxy } = server;
    proxy.throttle(100_000, 'toServer');
    const client = await server.connect();
    const text = Array.from({ length: 6_000 }, (_, index) => index % 10).join('');
    const from = performance.now();
    client.say('ECHO', text.repeat(5));
    expect(await client.hears(`${text.repeat(5)}\r\n`)).toBe(true);
    const fullSpeed = performance.now();
    // 30,000 bytes, of which the first piece goes at once.
    expect(fullSpeed - from).toBeGreaterThanOrEqual(270);
    proxy.throttle(Infinity, 'toServer');
    expect(await client.ask('PING')).toBe('+PONG\r\n');
  });

  it('refuse numbers that mean nothing', () => {
    expect(() => server.proxy.delay(-1)).toThrow(RangeError);
    expect(() => server.proxy.throttle(0)).toThrow(RangeError);
    expect(() => server.proxy.throttle(NaN)).toThrow(RangeError);
  });
});

describe('a slow reader', () => {
  const megabyte = 1_048_576;
  const reads = 64;

  // What Redis could not get rid of, as it says itself.
  const leftInServer = async () => {
    const list = await server.redis.cli('CLIENT', 'LIST');
    return Number(/name=slow .* omem=(\d+)/.exec(list)?.[1]);
  };

  it('makes the server wait instead of filling the memory of the proxy, and loses nothing', async () => {
    await server.redis.cli('SETRANGE', 'big', String(megabyte - 1), '1');
    const client = await server.named('slow');
    client.socket.pause();
    client.socket.write(resp('GET', 'big').repeat(reads));
    await server.proxy.waitForHeld('toClient', megabyte / 4);
    let left = 0;
    const moves = async () => left !== (left = await leftInServer());
    expect(await pollUntil(async () => !(await moves()), 30_000)).toBe(true);
    // The proxy has at least 256 KiB of it, the buffers of the kernel have some MiB, and the rest has to be here.
    expect(left).toBeGreaterThan((reads / 2) * megabyte);
    expect(server.proxy.heldBytes('toClient')).toBeLessThan(megabyte);

    const total = '+OK\r\n'.length + reads * (`$${megabyte}\r\n\r\n`.length + megabyte);
    let heard = '+OK\r\n'.length;
    client.socket.on('data', (chunk: Buffer) => (heard += chunk.length));
    client.socket.resume();
    expect(await pollUntil(() => heard >= total, 30_000)).toBe(true);
    expect(heard).toBe(total);
    expect(await leftInServer()).toBe(0);
  });
});
