import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { pollUntil } from '../lib/process/poll-until';

/** A client that speaks RESP and nothing else, and keeps every chunk as it came. */
export class RawClient {
  readonly chunks: string[] = [];
  readonly socket: Socket;
  /** How the connection ended, `FIN` or the code of the error; undefined while it is open. */
  end: string | undefined;

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

  /** Says it, and gives the next chunk that comes. */
  async ask(...words: string[]): Promise<string> {
    const answer = once(this.socket, 'data') as Promise<[Buffer]>;
    this.say(...words);
    return (await answer)[0].toString();
  }

  hears(ending: string): Promise<boolean> {
    return pollUntil(() => this.heard.endsWith(ending), 30_000);
  }

  async ended(): Promise<string | undefined> {
    await pollUntil(() => this.end !== undefined, 30_000);
    return this.end;
  }
}

/** A command as it goes over the wire. */
export function resp(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
