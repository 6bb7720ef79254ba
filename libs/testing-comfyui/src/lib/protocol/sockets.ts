import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { CurrentRun } from '../execution/current-run';
import type { ActiveFaults } from '../faults/fault-switches';
import { formatJson, isObject, type Json, type JsonObject, parseJson } from '../python/json';
import { barePreview, previewWithMetadata } from './frames';

interface Connection {
  readonly socket: WebSocket;
  /** What the client said that it can, in its very first message. */
  flags: JsonObject;
  frames: number;
}

/** The events that say how a job ended; `executing` without a node is the last of them. */
const ends = ['execution_success', 'execution_error', 'execution_interrupted'];

/**
 * The open sockets by client id. A second socket with the same id takes the first one's place, and when the first one
 * closes, it takes the second one with it out of the book: that one is open then, and deaf.
 */
export class Sockets {
  private readonly connections = new Map<Json, Connection>();
  private outbox: (() => void)[] = [];

  constructor(
    private readonly faults: ActiveFaults,
    private readonly current: CurrentRun,
    private readonly features: JsonObject,
    private readonly statusOf: () => JsonObject,
  ) {}

  open(socket: WebSocket, clientId: string | null): void {
    const sid = clientId || randomUUID().replaceAll('-', '');
    this.connections.set(sid, { socket, flags: {}, frames: 0 });
    this.send('status', { ...this.statusOf(), sid }, sid);
    if (this.current.clientId === sid && this.current.nodeId !== null) {
      this.send('executing', { node: this.current.nodeId }, sid);
    }
    let isFirst = true;
    socket.on('message', (bytes, isBinary) => {
      const message = isBinary ? undefined : read(bytes.toString());
      if (message === undefined) return;
      if (isFirst && message['type'] === 'feature_flags') this.exchangeFlags(sid, message['data']);
      isFirst = false;
    });
    socket.on('close', () => this.connections.delete(sid));
    socket.on('error', () => undefined);
  }

  /** Tells the number of prompts to everybody. */
  sendStatus(): void {
    this.send('status', this.statusOf(), null);
  }

  /** @param to a client id; null for everybody */
  send(type: string, data: JsonObject, to: Json): void {
    if (this.isHidden(type, data)) return;
    const text = formatJson({ type, data });
    this.post(to, () => text);
  }

  sendPreviewWithMetadata(image: Buffer, nodeId: string, promptId: string, to: Json): void {
    const frame = previewWithMetadata(image, nodeId, promptId);
    this.post(to, ({ flags }) => (flags['supports_preview_metadata'] ? frame : undefined));
  }

  sendBarePreview(image: Buffer, to: Json): void {
    const frame = barePreview(image);
    this.post(to, ({ flags }) => (flags['supports_preview_metadata'] ? undefined : frame));
  }

  private exchangeFlags(sid: string, flags: Json | undefined): void {
    const connection = this.connections.get(sid);
    if (connection && isObject(flags)) connection.flags = flags;
    this.send('feature_flags', this.features, sid);
  }

  /**
   * Frames leave at the next turn of the event loop, in order. So what happened is known to HTTP before any socket
   * hears of it, as in the real server, whose worker does not wait for its sockets.
   */
  private post(to: Json, frameFor: (connection: Connection) => string | Buffer | undefined): void {
    if (this.outbox.length === 0) setImmediate(() => this.deliver());
    this.outbox.push(() => {
      const addressees = to === null ? [...this.connections.values()] : [this.connections.get(to)];
      for (const connection of addressees) {
        const frame = connection && frameFor(connection);
        if (frame !== undefined) this.transmit(connection as Connection, frame);
      }
    });
  }

  private deliver(): void {
    const frames = this.outbox;
    this.outbox = [];
    for (const frame of frames) frame();
  }

  private transmit(connection: Connection, frame: string | Buffer): void {
    if (this.faults.get('socket-deaf')) return;
    const closes = this.faults.get('socket-closes');
    if (closes && connection.frames >= closes.afterFrames) return connection.socket.terminate();
    if (closes) connection.frames++;
    connection.socket.send(frame);
  }

  private isHidden(type: string, data: JsonObject): boolean {
    if (!this.faults.get('socket-without-end')) return false;
    return ends.includes(type) || (type === 'executing' && data['node'] === null);
  }
}

/** A message that is a JSON object; anything else is passed over. */
function read(text: string): JsonObject | undefined {
  try {
    const message = parseJson(text);
    return isObject(message) ? message : undefined;
  } catch {
    return undefined;
  }
}
