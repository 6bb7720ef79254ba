import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { WebSocketServer, type WebSocket } from 'ws';
import { pollUntil } from '../../../testing/poll-until';
import { http, startStrangeServer } from '../../../testing/strange-server';
import { ServerSocket } from './server-socket';
import { socketRetryDelay } from './socket-retry-delay';

interface Served {
  readonly url: string;
  /** Connections in order, open and closed. */
  readonly connections: { socket: WebSocket; clientId: string | null }[];
}

const servers: WebSocketServer[] = [];
const sockets: ServerSocket[] = [];

async function serve(onConnection: (socket: WebSocket, n: number) => void = greet): Promise<Served> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  servers.push(server);
  await once(server, 'listening');
  const connections: Served['connections'] = [];
  server.on('connection', (socket, request) => {
    const clientId = new URL(request.url ?? '', 'http://x').searchParams.get('clientId');
    connections.push({ socket, clientId });
    onConnection(socket, connections.length);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections };
}

function greet(socket: WebSocket): void {
  socket.send('{"type":"status","data":{"status":{"exec_info":{"queue_remaining":0}},"sid":"x"}}');
}

interface Heard {
  readonly socket: ServerSocket;
  readonly messages: [string, Readonly<Record<string, unknown>>][];
  lost: number;
}

function connect(url: string, silenceMs = 60_000): Heard {
  const heard: Heard = {
    messages: [],
    lost: 0,
    socket: new ServerSocket({
      url,
      headers: {},
      connectTimeoutMs: 200,
      silenceMs,
      onMessage: (...message) => heard.messages.push(message),
      onLost: () => (heard.lost += 1),
    }),
  };
  sockets.push(heard.socket);
  heard.socket.wake();
  return heard;
}

beforeAll(() => Logger.overrideLogger(false));
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('the WebSocket to a server', () => {
  it('passes on what it understands, and lives through the rest', async () => {
    const { url } = await serve((socket) => {
      for (const odd of [
        '',
        'null',
        '[]',
        '{"type":1}',
        '{"type":"x"}',
        '{"type":"x","data":null}',
        '<html>',
      ]) {
        socket.send(odd);
      }
      socket.send(Buffer.from('{"type":"binary","data":{}}'));
      socket.send('{"type":"progress","data":{"value":NaN}}');
    });
    const { messages, socket } = connect(url);
    await pollUntil(() => messages.length > 0);
    expect(messages).toEqual([['progress', { value: null }]]);
    expect(socket.isOpen).toBe(true);
  });

  it('is one, however often it is woken', async () => {
    const { url, connections } = await serve();
    const { socket, messages } = connect(url);
    socket.wake();
    await pollUntil(() => messages.length > 0);
    socket.wake();
    expect(connections).toHaveLength(1);
  });

  it('comes back with another client id each time, and says what was lost', async () => {
    const { url, connections } = await serve((socket, n) => {
      greet(socket);
      if (n < 3) socket.close();
    });
    const heard = connect(url);
    await pollUntil(() => connections.length === 3 && heard.socket.isOpen);
    expect(new Set(connections.map(({ clientId }) => clientId)).size).toBe(3);
    expect(connections.at(-1)?.clientId).toBe(heard.socket.clientId);
    expect(heard.lost).toBe(2);
  });

  it('is given up when it does not even greet', async () => {
    const { url, connections } = await serve((socket, n) => {
      if (n > 1) greet(socket);
    });
    const { messages } = connect(url, 50);
    await pollUntil(() => messages.length > 0);
    expect(connections).toHaveLength(2);
  });

  it('is given up when nothing is heard where something must be', async () => {
    const { url, connections } = await serve();
    const { socket, messages } = connect(url, 50);
    await pollUntil(() => messages.length > 0);
    socket.expectNews();
    await pollUntil(() => connections.length === 2);
  });

  it('is left alone when what must be heard is heard, and while nothing is expected', async () => {
    const { url, connections } = await serve();
    const { socket, messages } = connect(url, 50);
    await pollUntil(() => messages.length > 0);
    let pings = 0;
    connections[0]?.socket.on('ping', () => (pings += 1));
    socket.expectNews();
    connections[0]?.socket.send('{"type":"status","data":{}}');
    await pollUntil(() => pings > 3); // So much silence is more than enough.
    expect(connections).toHaveLength(1);
  });

  it('is given up when the other side is gone without a word', async () => {
    const { url, connections } = await serve((socket, n) => {
      greet(socket);
      // It answers no pings any more, as behind a cable that was pulled.
      if (n === 1) (socket as unknown as { _socket: { pause(): void } })._socket.pause();
    });
    connect(url, 50);
    await pollUntil(() => connections.length === 2);
  });

  it.each([
    ['refuses', http(401, '')],
    ['is no WebSocket', http(200, '<html>')],
    ['says nothing', undefined],
  ])('tries again, slower and slower, where something %s, and doubts nothing', async (_, answer) => {
    const server = await startStrangeServer(() => answer);
    const { socket, lost } = connect(server.url);
    await pollUntil(() => server.requests.length === 2);
    socket.close();
    await pollUntil(() => server.openConnections === 0);
    expect(lost).toBe(0);
    await server.close();
  });

  it('is given up when a message is beyond all measure', async () => {
    const { url, connections } = await serve((socket, n) => {
      if (n === 1) socket.send('x'.repeat(20 * 2 ** 20));
      else greet(socket);
    });
    const { messages } = connect(url);
    await pollUntil(() => messages.length > 0);
    expect(connections).toHaveLength(2);
  });
});

it('waits longer with every attempt, never in step with others', () => {
  const longest = Array.from({ length: 12 }, (_, i) => socketRetryDelay(i + 1, () => 1));
  expect(longest.slice(0, 4)).toEqual([250, 500, 1_000, 2_000]);
  expect(longest.at(-1)).toBe(30_000);
  expect(socketRetryDelay(3, () => 0)).toBe(500);
});
