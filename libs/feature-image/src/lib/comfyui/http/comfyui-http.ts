import * as http from 'node:http';
import * as https from 'node:https';
import type { Readable } from 'node:stream';
import { HttpFailure } from './http-failure';
import { type ByteLimits, limitedBytes } from './limited-bytes';
import { readWhole } from './read-whole';

export interface HttpLimits {
  /** TCP and TLS. */
  connectTimeoutMs: number;
}

export interface Question {
  /** Beginning with a slash; names from outside go into `query`. */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** The most bytes of the answer. Default 1 MiB. */
  maxBytes?: number;
  /** The only bound on time besides the one on connecting. */
  signal: AbortSignal;
}

export interface Answer {
  status: number;
  /** In lower case, without parameters; empty when there is none. */
  contentType: string;
  text: string;
}

export interface ByteAnswer extends Omit<Answer, 'text'> {
  /** Announced, if it was. */
  bytes?: number;
  /** Breaks when it is cut off, too slow or too large. */
  stream: Readable;
}

interface Request extends Question {
  method: 'GET' | 'POST';
  body?: string;
  /** False: on a connection of its own, closed afterwards. */
  agent: http.Agent | false;
}

const DEFAULT_MAX_BYTES = 2 ** 20;

/**
 * HTTP towards one server. `fetch` would not do: its connections outlive a closed module, it does not tell what was
 * sent from what was not, and it follows redirects with our header. All methods reject with an `HttpFailure`, or with
 * the reason of the signal.
 */
export class ComfyUIHttp {
  private readonly base: URL;
  private readonly transport: typeof http | typeof https;
  private readonly agent: http.Agent;

  constructor(
    url: string,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly limits: HttpLimits,
  ) {
    this.base = new URL(url);
    this.transport = this.base.protocol === 'https:' ? https : http;
    this.agent = new this.transport.Agent({ keepAlive: true, maxFreeSockets: 4 });
  }

  async get(question: Question): Promise<Answer> {
    const { maxBytes = DEFAULT_MAX_BYTES, signal } = question;
    const response = await this.openOnKeptConnection(question);
    return { ...headOf(response), text: await readWhole(response, maxBytes, signal) };
  }

  /**
   * Always on a new connection, so that `unreachable` is certain: on a kept one nobody can tell whether the request
   * had arrived when it was closed. It is never sent twice.
   */
  async post(body: string, question: Question): Promise<Answer> {
    const { maxBytes = DEFAULT_MAX_BYTES, signal } = question;
    const response = await this.open({ ...question, method: 'POST', body, agent: false });
    return { ...headOf(response), text: await readWhole(response, maxBytes, signal) };
  }

  async getBytes(question: Question & Pick<ByteLimits, 'silenceMs' | 'errorFor'>): Promise<ByteAnswer> {
    const response = await this.openOnKeptConnection(question);
    const announced = response.headers['content-length'];
    const { maxBytes = DEFAULT_MAX_BYTES, signal, silenceMs, errorFor } = question;
    return {
      ...headOf(response),
      ...(announced !== undefined && { bytes: Number(announced) }),
      stream: limitedBytes(response, { maxBytes, silenceMs, signal, errorFor }),
    };
  }

  close(): void {
    this.agent.destroy();
  }

  private openOnKeptConnection(question: Question): Promise<http.IncomingMessage> {
    return this.open({ ...question, method: 'GET', agent: this.agent }).catch((error: unknown) => {
      // The server had closed the connection that was kept, which is seen only when it is used. All that are kept
      // may be such.
      if (!(error instanceof StaleConnection)) throw error;
      return this.open({ ...question, method: 'GET', agent: false });
    });
  }

  private open({ path, query, signal, method, body, agent }: Request): Promise<http.IncomingMessage> {
    const url = new URL(this.base);
    url.pathname = this.base.pathname.replace(/\/$/, '') + path;
    url.search = query ? new URLSearchParams(query).toString() : '';
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const request = this.transport.request(url, {
        method,
        agent,
        headers: {
          ...this.headers,
          accept: '*/*',
          ...(body !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          }),
        },
      });
      let connected = false;
      const connecting = setTimeout(
        () => request.destroy(new HttpFailure('unreachable', 'ETIMEDOUT')),
        this.limits.connectTimeoutMs,
      );
      const stop = () => request.destroy(asError(signal.reason));
      const settle = () => {
        clearTimeout(connecting);
        signal.removeEventListener('abort', stop);
      };
      const onConnected = () => {
        connected = true;
        clearTimeout(connecting);
        // Not before: what was never written was surely not received.
        request.end(body);
      };
      signal.addEventListener('abort', stop, { once: true });
      request.on('socket', (socket) => {
        const secure = this.transport === https;
        if (request.reusedSocket || (!secure && !socket.connecting)) return onConnected();
        socket.once(secure ? 'secureConnect' : 'connect', onConnected);
      });
      request.on('response', (response) => {
        settle();
        resolve(response);
      });
      request.on('error', (error) => {
        settle();
        if (signal.aborted) return reject(signal.reason);
        if (error instanceof HttpFailure) return reject(error);
        if (request.reusedSocket && method === 'GET')
          return reject(new StaleConnection('broken', codeOf(error)));
        reject(new HttpFailure(connected ? 'broken' : 'unreachable', codeOf(error)));
      });
    });
  }
}

class StaleConnection extends HttpFailure {}

function headOf(response: http.IncomingMessage): Omit<Answer, 'text'> {
  const [contentType = ''] = (response.headers['content-type'] ?? '').toLowerCase().split(';');
  return { status: response.statusCode ?? 0, contentType: contentType.trim() };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : 'FAILED';
}
