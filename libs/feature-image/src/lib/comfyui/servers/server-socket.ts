import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { WebSocket } from 'ws';
import { parseTolerantly } from '../http/tolerant-json';
import { socketRetryDelay } from './socket-retry-delay';

export interface ServerSocketOptions {
  url: string;
  headers: Readonly<Record<string, string>>;
  connectTimeoutMs: number;
  silenceMs: number;
  onMessage: (type: string, data: Readonly<Record<string, unknown>>) => void;
  /** One that was open is lost, so the server may be. */
  onLost: () => void;
}

/** A message of an error holds the inputs of its node; no other is near this. */
const MAX_MESSAGE_BYTES = 16 * 2 ** 20;

/**
 * The one WebSocket to a server. It brings progress and nothing that matters, comes back by itself, and is given up
 * when it is silent where something must be heard: servers have left sockets open and deaf.
 */
export class ServerSocket {
  private readonly logger = new Logger('ComfyUI');
  private socket: WebSocket | undefined;
  private retry: NodeJS.Timeout | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private newsDue: NodeJS.Timeout | undefined;
  private attempts = 0;
  private closed = false;
  private id = randomUUID();

  constructor(private readonly options: ServerSocketOptions) {}

  /**
   * Under which prompts are sent, so that their events come here. Another one with every connection: a second socket
   * with the same id goes deaf when the server notices that the first one is gone.
   */
  get clientId(): string {
    return this.id;
  }

  /** Whether it is open, for tests and health. */
  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Connects, unless it is connected or about to be. The pause between attempts is cut short. */
  wake(): void {
    if (this.closed || this.socket) return;
    this.attempts = 0;
    this.connect();
  }

  /** Something is about to be told to every socket; if nothing is heard in time, this one is deaf. */
  expectNews(): void {
    if (!this.isOpen) return;
    this.newsDue ??= setTimeout(() => this.giveUp('heard nothing'), this.options.silenceMs).unref();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.drop();
  }

  private connect(): void {
    clearTimeout(this.retry);
    this.id = randomUUID();
    const url = `${this.options.url.replace(/^http/, 'ws')}/ws?clientId=${this.id}`;
    const socket = new WebSocket(url, {
      headers: this.options.headers,
      handshakeTimeout: this.options.connectTimeoutMs,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    this.socket = socket;
    let alive = true;
    socket.on('open', () => {
      this.expectNews(); // It greets with its status.
      this.heartbeat = setInterval(() => {
        if (!alive) return this.giveUp('does not answer pings');
        alive = false;
        socket.ping();
      }, this.options.silenceMs).unref();
    });
    socket.on('pong', () => (alive = true));
    socket.on('message', (bytes, isBinary) => {
      alive = true;
      // Previews are not asked for; a server that sends them all the same only costs what it takes to skip them.
      if (!isBinary) this.hear(bytes.toString());
    });
    // What there is to say is said by 'close', which follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket !== socket) return;
      const wasOpen = this.heartbeat !== undefined;
      this.drop();
      this.connectLater();
      if (wasOpen) this.options.onLost();
    });
  }

  private hear(text: string): void {
    clearTimeout(this.newsDue);
    this.newsDue = undefined;
    this.attempts = 0;
    const message = readMessage(text);
    if (message) this.options.onMessage(message.type, message.data);
  }

  private giveUp(why: string): void {
    this.logger.warn(`the WebSocket to ${this.options.url} ${why}; connecting anew`);
    this.drop();
    this.connectLater();
  }

  private connectLater(): void {
    if (this.closed) return;
    this.attempts++;
    this.retry = setTimeout(() => this.connect(), socketRetryDelay(this.attempts)).unref();
  }

  private drop(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.newsDue);
    this.heartbeat = undefined;
    this.newsDue = undefined;
    const { socket } = this;
    this.socket = undefined;
    socket?.terminate();
  }
}

function readMessage(text: string): { type: string; data: Record<string, unknown> } | undefined {
  let message: unknown;
  try {
    message = parseTolerantly(text);
  } catch {
    return undefined;
  }
  if (!isRecord(message)) return undefined;
  const { type, data } = message;
  return typeof type === 'string' && isRecord(data) ? { type, data } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
