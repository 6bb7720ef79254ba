import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type FaultProxy, type RedisProcess, startFaultProxy, startRedis } from '../../index';
import { pollUntil } from '../process/poll-until';

let redis: RedisProcess;
let proxy: FaultProxy;
let clients: RawClient[];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

beforeEach(async () => {
  clients = [];
  await redis.cli('FLUSHALL');
  proxy = await startFaultProxy({ port: redis.port });
});
afterEach(async () => {
  await proxy.close();
  for (const client of clients) client.socket.destroy();
});

describe('relaying', () => {
  it('carries commands and answers, and knows a connection by what it said', async () => {
    const [worker, other] = [await named('worker'), await named('other')];
    expect(proxy.url).toBe(`redis://127.0.0.1:${proxy.port}`);
    expect(proxy.connections.map(({ id }) => id)).toEqual([1, 2]);
    const found = await proxy.connection(({ sent }) => sent.includes('worker'));
    found.cut();
    expect(await worker.ended()).toBe('FIN');
    expect(await other.ask('PING')).toBe('+PONG\r\n');
    expect(proxy.connections.map(({ id }) => id)).toEqual([2]);
  });

  it('waits for a connection that is not there yet, and not for ever', async () => {
    await expect(proxy.connection(() => true, 50)).rejects.toThrow('No connection matched within 50 ms.');
    const later = proxy.connection(({ sent }) => sent.includes('late'));
    await named('early');
    await named('late');
    expect((await later).id).toBe(2);
  });

  it('keeps no more than the first 4 KiB of what was said', async () => {
    const client = await rawClient();
    await client.ask('ECHO', 'x'.repeat(100_000));
    expect((await proxy.connection()).sent).toHaveLength(4_096);
  });

  it('lets a client that has said its last word still hear the answers', async () => {
    const client = await rawClient();
    client.say('PING');
    client.socket.end();
    expect(await client.ended()).toBe('FIN');
    expect(client.heard).toBe('+PONG\r\n');
  });
});

describe('hold', () => {
  it('keeps commands from the server, and releases them in order', async () => {
    const client = await named('worker');
    const connection = await proxy.connection();
    connection.hold('toServer');
    client.say('SET', 'a', '1');
    client.say('APPEND', 'a', '2');
    const length = resp('SET', 'a', '1').length + resp('APPEND', 'a', '2').length;
    await connection.waitForHeld('toServer', length);
    expect(connection.heldBytes()).toBe(length);
    expect(connection.heldBytes('toClient')).toBe(0);
    expect(await redis.cli('EXISTS', 'a')).toBe('0');

    connection.release('toServer');
    expect(await client.hears('+OK\r\n:2\r\n')).toBe(true);
    expect(connection.heldBytes()).toBe(0);
  });

  it('releases what it held in one chunk', async () => {
    const client = await named('worker');
    proxy.hold('toClient');
    client.say('PING');
    await proxy.waitForHeld('toClient', 7);
    client.say('PING');
    await proxy.waitForHeld('toClient', 14);
    client.chunks.length = 0;
    proxy.release('toClient');
    await client.hears('+PONG\r\n+PONG\r\n');
    expect(client.chunks).toEqual(['+PONG\r\n+PONG\r\n']);
  });

  it('is for the connections of the future as well, and delivers what a client said before it left', async () => {
    proxy.hold('toServer');
    const client = await rawClient();
    client.say('SET', 'late', '1');
    client.socket.end();
    const connection = await proxy.connection(({ sent }) => sent.includes('late'));
    await connection.waitForEnd('client');
    expect(await redis.cli('EXISTS', 'late')).toBe('0');
    proxy.release();
    expect(await pollUntil(async () => (await redis.cli('EXISTS', 'late')) === '1', 2_000)).toBe(true);
    expect(await client.ended()).toBe('FIN');
  });
});

describe('drop', () => {
  it('is a black hole for answers: the server has done it, the client hears nothing', async () => {
    const client = await named('worker');
    const connection = await proxy.connection();
    connection.drop('toClient');
    client.say('SET', 'a', '1');
    await connection.waitForDropped('toClient', '+OK\r\n'.length);
    expect(await redis.cli('GET', 'a')).toBe('1');

    await proxy.heal();
    expect(await client.ask('PING')).toBe('+PONG\r\n');
    expect(client.heard).toBe('+OK\r\n+PONG\r\n');
  });

  it('is a black hole for commands, and for the end of the client', async () => {
    const client = await named('worker');
    proxy.drop('toServer');
    client.say('SET', 'a', '1');
    await proxy.waitForDropped('toServer', resp('SET', 'a', '1').length);
    client.socket.end();
    await (await proxy.connection()).waitForEnd('client');
    expect(await redis.cli('CLIENT', 'LIST')).toContain('name=worker');
    expect(await redis.cli('EXISTS', 'a')).toBe('0');

    await proxy.heal();
    expect(await client.ended()).toBe('FIN');
    expect(await gone('worker')).toBe(true);
  });
});

describe('cut, reset and halfOpen', () => {
  it('cut says good-bye to both ends', async () => {
    const client = await named('worker');
    proxy.cut();
    expect(await client.ended()).toBe('FIN');
    expect(await gone('worker')).toBe(true);
    expect(proxy.connections).toEqual([]);
  });

  it('reset breaks both ends', async () => {
    const client = await named('worker');
    proxy.reset();
    expect(await client.ended()).toBe('ECONNRESET');
    expect(await gone('worker')).toBe(true);
    expect(proxy.connections).toEqual([]);
  });

  it('neither lets go on what was held', async () => {
    const client = await named('worker');
    for (const end of ['cut', 'reset'] as const) {
      const broken = await named(end);
      const connection = await proxy.connection(({ sent }) => sent.includes(end));
      connection.hold('toServer');
      broken.say('SET', end, '1');
      await connection.waitForHeld('toServer');
      connection[end]();
      connection.release();
      expect(await gone(end)).toBe(true);
      expect(await redis.cli('EXISTS', end)).toBe('0');
    }
    expect(await client.ask('PING')).toBe('+PONG\r\n');
  });
});

/** A client that speaks RESP and nothing else, and keeps every chunk as it came. */
class RawClient {
  readonly chunks: string[] = [];
  readonly socket: Socket;
  private end: 'FIN' | string | undefined;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('data', (chunk) => this.chunks.push(chunk.toString()));
    this.socket.on('end', () => (this.end ??= 'FIN'));
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.end ??= error.code));
  }

  get heard(): string {
    return this.chunks.join('');
  }

  say(...words: string[]): void {
    this.socket.write(resp(...words));
  }

  /** The chunk that comes next after these words. */
  async ask(...words: string[]): Promise<string> {
    const answer = once(this.socket, 'data') as Promise<[Buffer]>;
    this.say(...words);
    return (await answer)[0].toString();
  }

  hears(ending: string): Promise<boolean> {
    return pollUntil(() => this.heard.endsWith(ending), 5_000);
  }

  /** How the connection ended, `FIN` or the code of the error. */
  async ended(): Promise<string | undefined> {
    await pollUntil(() => this.end !== undefined, 5_000);
    return this.end;
  }
}

async function rawClient(): Promise<RawClient> {
  const client = new RawClient(proxy.port);
  clients.push(client);
  await once(client.socket, 'connect');
  return client;
}

async function named(name: string): Promise<RawClient> {
  const client = await rawClient();
  expect(await client.ask('CLIENT', 'SETNAME', name)).toBe('+OK\r\n');
  return client;
}

/** Whether the server has let go of the connection of that name. */
function gone(name: string): Promise<boolean> {
  return pollUntil(async () => !(await redis.cli('CLIENT', 'LIST')).includes(`name=${name} `), 5_000);
}

function resp(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
