import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';

/** A Redis behind a proxy that answers `HELLO 3` in words of its own, as many do. */
export interface DialectServer {
  readonly url: string;
  readonly redis: RedisProcess;
  /** The error, without its sign; undefined: as Redis itself. For connections to come. */
  refuseBy(words: string | undefined): void;
  stop(): Promise<void>;
}

const HELLO = /\*(\d+)\r\n\$5\r\nhello\r\n/i;
const NO_COMMAND = '*1\r\n$11\r\nNO-SUCH-CMD\r\n';

/**
 * Redis sees an unknown command in place of `HELLO`, and its complaint is put in the words asked for: so the answers
 * keep their order, whatever was sent before or after.
 */
export async function startDialect({ password }: { password?: string } = {}): Promise<DialectServer> {
  const redis = await startRedis({ password });
  const sockets = new Set<Socket>();
  let words: string | undefined;
  const front = createServer((client) => {
    const server = connect(redis.port, '127.0.0.1');
    const said = words;
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay(true).on('close', () => sockets.delete(socket));
    }
    client.on('error', () => server.destroy()).on('close', () => server.destroy());
    server.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('data', (chunk) => server.write(said === undefined ? chunk : withoutHello(chunk)));
    server.on('data', (chunk) => client.write(said === undefined ? chunk : inWords(chunk, said)));
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as AddressInfo;
  return {
    url: `redis://${password ? `:${encodeURIComponent(password)}@` : ''}127.0.0.1:${port}`,
    redis,
    refuseBy: (refusal) => (words = refusal),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => front.close(resolve));
      await redis.stop();
    },
  };
}

/** The driver writes a command in one piece, and this one is small. */
function withoutHello(chunk: Buffer): Buffer | string {
  const text = chunk.toString('latin1');
  const hello = HELLO.exec(text);
  if (!hello) return chunk;
  const { 0: head, 1: count, index: at } = hello;
  let end = at + head.length;
  for (let left = Number(count) - 1; left > 0; left--) {
    const [length = '', bytes] = /^\$(\d+)\r\n/.exec(text.slice(end)) ?? [];
    end += length.length + Number(bytes) + 2;
  }
  return Buffer.from(text.slice(0, at) + NO_COMMAND + text.slice(end), 'latin1');
}

function inWords(chunk: Buffer, words: string): Buffer {
  const text = chunk.toString('latin1');
  return Buffer.from(text.replace(/^-.*NO-SUCH-CMD.*$/m, `-${words}`), 'latin1');
}
