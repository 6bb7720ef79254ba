import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface StrangeRequest {
  /** Method and path with its query, such as `GET /queue`. */
  readonly line: string;
  /** All that came, as it came. */
  readonly text: string;
}

export interface StrangeServer {
  readonly url: string;
  readonly requests: readonly StrangeRequest[];
  /** Connections that are open now. */
  readonly openConnections: number;
  close(): Promise<void>;
}

/** What it sends back, byte by byte as it is told to; undefined: nothing, and the connection stays open. */
export type StrangeAnswer = (request: StrangeRequest, connection: Socket) => string | undefined;

/** A server that answers each request as no ComfyUI would. Requests must come whole in one piece. */
export async function startStrangeServer(answer: StrangeAnswer): Promise<StrangeServer> {
  const requests: StrangeRequest[] = [];
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => undefined);
    connection.on('data', (bytes) => {
      const text = bytes.toString();
      const request = { line: text.split(' ').slice(0, 2).join(' '), text };
      requests.push(request);
      const bytesBack = answer(request, connection);
      if (bytesBack !== undefined) connection.write(bytesBack);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get openConnections() {
      return connections.size;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}

/** An answer as HTTP writes it, with its right length unless a header says otherwise. */
export function http(status: number, body: string, headers: Record<string, string> = {}): string {
  const all = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Strange\r\n${lines.join('')}\r\n${body}`;
}
