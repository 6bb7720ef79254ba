import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { ActiveFaults } from '../faults/fault-switches';
import { isLocked } from '../faults/http-faults';
import type { Sockets } from './sockets';

const paths = ['/ws', '/api/ws'];

/** Lets sockets in at `/ws?clientId=…`. */
export function acceptSockets(
  server: Server,
  sockets: Sockets,
  faults: ActiveFaults,
  refuses: (request: IncomingMessage) => boolean,
): WebSocketServer {
  const webSockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, stream, head) => {
    const url = new URL(request.url ?? '/', 'http://comfyui');
    if (faults.take('silent', ({ on = '' }) => 'GET /ws'.startsWith(on))) return;
    if (isLocked(request.headers, faults)) return refuse(stream, '401 Unauthorized');
    if (refuses(request)) return refuse(stream, '403 Forbidden');
    if (!paths.includes(url.pathname)) return refuse(stream, '404 Not Found');
    webSockets.handleUpgrade(request, stream, head, (socket) => {
      sockets.open(socket, url.searchParams.get('clientId'));
    });
  });
  return webSockets;
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}
