import { once } from 'node:events';
import { WebSocket } from 'ws';
import { normalise } from './normalise';

interface StatusData {
  readonly sid?: string;
}

interface Frame {
  readonly type?: string;
  readonly data?: StatusData;
}

/** A client's socket: what it was recorded to hear, and what it hears. */
export class HeardSocket {
  /** The code with which it was closed. */
  readonly closed: Promise<number>;
  private readonly recorded: unknown[] = [];
  private readonly heard: unknown[] = [];

  constructor(
    private readonly conn: string,
    readonly socket: WebSocket,
    tamper: (text: string) => string,
    private readonly sameId: (recorded: string, actual: string) => void,
  ) {
    socket.on('message', (bytes: Buffer, isBinary) =>
      this.heard.push(isBinary ? binary(bytes) : (JSON.parse(tamper(bytes.toString())) as unknown)),
    );
    this.closed = once(socket, 'close').then(([code]) => code as number);
  }

  expectText(message: unknown): void {
    this.recorded.push(message);
  }

  expectBinary(first64Hex: string): void {
    this.recorded.push(binary(Buffer.from(first64Hex, 'hex')));
  }

  /** Whether at least as many frames of both kinds have come as were recorded. */
  hasHeardAll(): boolean {
    this.learnSid();
    const [recorded, heard] = [this.recorded, this.heard].map((frames) => frames.filter(isStatus).length) as [
      number,
      number,
    ];
    return heard >= recorded && this.heard.length - heard >= this.recorded.length - recorded;
  }

  /** Waits until everything that was sent so far has come. */
  async catchUp(): Promise<void> {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const settled = Promise.race([once(this.socket, 'pong'), this.closed]);
    this.socket.ping();
    await settled;
  }

  /**
   * @param statusesApart the recorder has sent prompts while others ran: when it was told of them, between which two
   * steps of a prompt, was by chance. Then only their number counts, and that of the last one.
   */
  compare(translate: (text: string) => string, statusesApart: boolean): void {
    const recorded = JSON.parse(translate(JSON.stringify(this.recorded))) as unknown[];
    const [expected, heard] = [recorded, this.heard].map((frames) => ({
      conn: this.conn,
      frames: normalise(statusesApart ? frames.filter((frame) => !isStatus(frame)) : frames),
      ...(statusesApart && {
        statuses: frames.filter(isStatus).length,
        last: frames.filter(isStatus).at(-1),
      }),
    }));
    expect(heard).toEqual(expected);
  }

  /** The id that a socket without one is given. */
  private learnSid(): void {
    const [was, is] = [this.recorded[0], this.heard[0]].map(
      (frame) => (frame as Frame | undefined)?.data?.sid,
    );
    if (was && is && was !== is) this.sameId(was, is);
  }
}

/** Of a binary frame: its kind, and its metadata or the beginning of the picture. */
function binary(bytes: Buffer): { binary: string } {
  return { binary: bytes.subarray(0, bytes.readUInt32BE(0) === 1 ? 28 : 64).toString('hex') };
}

function isStatus(frame: unknown): boolean {
  return (frame as Frame).type === 'status';
}
