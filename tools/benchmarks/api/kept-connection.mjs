import { once } from 'node:events';
import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One connection that is kept alive, with one request under way at a time. It knows as much of HTTP as the servers
 * here say (`Content-Length` on each answer), so that asking costs little beside answering.
 */
export class KeptConnection {
  #url;
  #socket;
  #taken = Buffer.alloc(0);
  #waiting;

  /** @param {string} url of the server */
  constructor(url) {
    this.#url = new URL(url);
  }

  /**
   * @param {string} path
   * @param {string} token
   * @param {number} patience ms after which the answer is given up, and the connection with it
   * @returns {Promise<{ status: number, body: Buffer }>}
   */
  async get(path, token, patience) {
    await this.#connected();
    const { host } = this.#url;
    const answer = new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
    const timer = setTimeout(() => this.#end(new Error(`no answer within ${patience} ms`)), patience);
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nAccept: application/json\r\n\r\n`,
    );
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  close() {
    this.#socket?.destroy();
  }

  async #connected() {
    if (this.#socket && !this.#socket.destroyed) return;
    this.#taken = Buffer.alloc(0);
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), noDelay: true });
    this.#socket = socket;
    await once(socket, 'connect');
    const ended = (error) => socket === this.#socket && this.#end(error);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', ended);
    socket.on('close', () => ended(new Error('the server closed the connection')));
  }

  #take(chunk) {
    this.#taken = this.#taken.length === 0 ? chunk : Buffer.concat([this.#taken, chunk]);
    const head = this.#taken.indexOf(HEAD_END);
    if (head < 0) return;
    const text = this.#taken.latin1Slice(0, head);
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    if (length === undefined) return this.#end(new Error('an answer without Content-Length'));
    const end = head + HEAD_END.length + Number(length);
    if (this.#taken.length < end) return;
    const body = this.#taken.subarray(head + HEAD_END.length, end);
    this.#taken = this.#taken.subarray(end);
    const { resolve } = this.#waiting ?? {};
    this.#waiting = undefined;
    resolve?.({ status: Number(text.slice(9, 12)), body });
  }

  #end(error) {
    this.#socket.destroy();
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
