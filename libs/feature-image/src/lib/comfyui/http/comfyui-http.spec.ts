import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { pollUntil } from '../../../testing/poll-until';
import {
  http,
  startStrangeServer,
  type StrangeAnswer,
  type StrangeServer,
} from '../../../testing/strange-server';
import { bounded } from './bounded';
import { ComfyUIHttp } from './comfyui-http';
import { HttpFailure, type HttpFailureKind } from './http-failure';

const servers: StrangeServer[] = [];
const clients: ComfyUIHttp[] = [];

async function clientOf(
  answer: StrangeAnswer,
  path = '',
): Promise<{ client: ComfyUIHttp; server: StrangeServer }> {
  const server = await startStrangeServer(answer);
  servers.push(server);
  return { server, client: clientTo(server.url + path) };
}

function clientTo(url: string): ComfyUIHttp {
  const client = new ComfyUIHttp(url, { 'x-token': 'secret' }, { connectTimeoutMs: 300 });
  clients.push(client);
  return client;
}

async function failureOf(call: (signal: AbortSignal) => Promise<unknown>): Promise<HttpFailureKind> {
  const error: unknown = await bounded(400, [], call).then(
    () => new Error('It resolved.'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof HttpFailure)) throw error;
  return error.kind;
}

const path = '/queue';

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('an answer', () => {
  it.each<[string, string | undefined, HttpFailureKind]>([
    ['that never comes', undefined, 'late'],
    ['that stops after its head', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab', 'late'],
    ['that is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'broken'],
    ['with a head of 100 kB', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`, 'broken'],
    ['beyond its limit', http(200, 'x'.repeat(2_000)), 'too-large'],
    [
      'beyond its limit, in pieces',
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n800\r\n${'x'.repeat(2_048)}\r\n`,
      'too-large',
    ],
  ])('%s', async (_, text, kind) => {
    const { client } = await clientOf(() => text);
    expect(await failureOf((signal) => client.get({ path, signal, maxBytes: 1_000 }))).toBe(kind);
    expect(await failureOf((signal) => client.post('{}', { path, signal, maxBytes: 1_000 }))).toBe(kind);
  });

  it.each([
    ['before it', (): undefined => undefined],
    ['in the middle of it', (): string => 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab'],
  ])('that is cut off %s', async (_, first) => {
    const { client } = await clientOf((__, connection) => {
      setImmediate(() => connection.destroy());
      return first();
    });
    expect(await failureOf((signal) => client.get({ path, signal }))).toBe('broken');
    expect(await failureOf((signal) => client.post('{}', { path, signal }))).toBe('broken');
  });

  it('that drips, a byte at a time, ends with the time', async () => {
    const { client } = await clientOf((_, connection) => {
      const drip = setInterval(() => connection.write('x'), 20);
      connection.on('close', () => clearInterval(drip));
      return 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n';
    });
    expect(await failureOf((signal) => client.get({ path, signal }))).toBe('late');
  });

  it('that sends us elsewhere is not followed: our header is for this server', async () => {
    const { server: other } = await clientOf(() => http(200, '{}'));
    const { client } = await clientOf(() => http(302, '', { location: other.url }));
    expect(await bounded(400, [], (signal) => client.get({ path, signal }))).toMatchObject({ status: 302 });
    expect(other.requests).toEqual([]);
  });
});

describe('a request', () => {
  it('goes below the path of the server, with the header, and with names only in the query', async () => {
    const { client, server } = await clientOf(() => http(200, '{}'), '/comfy');
    const query = { filename: '../ä&b=c#d\r\n.png' };
    await bounded(400, [], (signal) => client.get({ path: '/view', query, signal }));
    expect(server.requests[0]?.line).toBe('GET /comfy/view?filename=..%2F%C3%A4%26b%3Dc%23d%0D%0A.png');
    expect(server.requests[0]?.text).toContain('x-token: secret');
    expect(server.requests[0]?.text).not.toMatch(/^(origin|sec-fetch|accept-encoding):/im);
  });

  it('that was surely not sent says so', async () => {
    const { server } = await clientOf(() => undefined);
    await server.close();
    const client = clientTo(server.url);
    expect(await failureOf((signal) => client.post('{}', { path, signal }))).toBe('unreachable');
    const nowhere = clientTo('http://nosuch.invalid');
    expect(await failureOf((signal) => nowhere.post('{}', { path, signal }))).toBe('unreachable');
  });

  it('waits only so long for a handshake', async () => {
    const { server } = await clientOf(() => undefined);
    const client = clientTo(server.url.replace('http', 'https'));
    expect(await failureOf((signal) => client.post('{}', { path, signal }))).toBe('unreachable');
    await pollUntil(() => server.openConnections === 0);
  });

  it('that changes something is sent once, whatever becomes of it, and on a connection of its own', async () => {
    const { client, server } = await clientOf((_, connection) => {
      setImmediate(() => connection.destroy());
      return undefined;
    });
    expect(await failureOf((signal) => client.post('{}', { path, signal }))).toBe('broken');
    expect(server.requests.map(({ line }) => line)).toEqual(['POST /queue']);
  });

  it('that only asks is sent again when the kept connections were dead, all of them', async () => {
    const kept = new Set<Socket>();
    let restarted = false;
    const { client, server } = await clientOf((_, connection) => {
      if (!restarted) kept.add(connection);
      if (!restarted || !kept.has(connection)) return http(200, '{}');
      connection.destroy();
      return undefined;
    });
    const ask = () => bounded(400, [], (signal) => client.get({ path, signal }));
    await Promise.all([ask(), ask(), ask()]);
    expect(kept.size).toBe(3);
    restarted = true;
    expect((await ask()).status).toBe(200);
    expect(server.requests).toHaveLength(5);
  });

  it('ends at once with its signal, and leaves no connection', async () => {
    const { client, server } = await clientOf(() => undefined);
    const giveUp = new AbortController();
    const asking = client.get({ path, signal: giveUp.signal });
    await pollUntil(() => server.requests.length === 1);
    giveUp.abort(new Error('given up'));
    await expect(asking).rejects.toThrow('given up');
    await pollUntil(() => server.openConnections === 0);
  });
});

describe('bytes', () => {
  const getBytes = (client: ComfyUIHttp, signal = new AbortController().signal) =>
    client.getBytes({ path: '/view', signal, maxBytes: 1_000_000, silenceMs: 200 });

  it('whose reader loses interest before the first of them leave no connection', async () => {
    const { client, server } = await clientOf(() => http(200, 'x'.repeat(500_000)));
    const { stream } = await getBytes(client);
    stream.destroy();
    await pollUntil(() => server.openConnections === 0);
  });

  it.each<[string, StrangeAnswer, HttpFailureKind]>([
    ['that fall silent', () => 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab', 'late'],
    [
      'that are cut off',
      (_, connection) => {
        setTimeout(() => connection.destroy(), 20);
        return 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab';
      },
      'broken',
    ],
    [
      'without an end',
      (_, connection) => {
        setTimeout(() => connection.destroy(), 20);
        return 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n';
      },
      'broken',
    ],
  ])('%s break', async (_, answer, kind) => {
    const { client, server } = await clientOf(answer);
    const { stream } = await getBytes(client);
    stream.resume();
    await expect(finished(stream)).rejects.toMatchObject({ kind });
    await pollUntil(() => server.openConnections === 0);
  });

  it('are not hurried: a reader that takes its time is no silence of the server', async () => {
    const { client } = await clientOf(() => http(200, 'x'.repeat(300_000)));
    const { stream } = await getBytes(client);
    let bytes = 0;
    for await (const piece of stream as AsyncIterable<Buffer>) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 400));
      bytes += piece.length;
    }
    expect(bytes).toBe(300_000);
  });
});
