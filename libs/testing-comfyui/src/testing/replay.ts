import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { WebSocket } from 'ws';
import type { ComfyUi } from '../lib/start-comfyui';
import { comparableAnswer, comparableRecord } from './comparable-answer';
import { HeardSocket } from './heard-socket';
import { leftOut } from './left-out';
import { type RawAnswer, rawRequest } from './raw-request';
import { recordedBody } from './recorded-body';
import type { Entry, RecordedRequest, RecordedResponse } from './transcript';
import type { VirtualClock } from './virtual-clock';

/** Changes an answer's body or a text frame before it is compared, to prove that the comparison would see it. */
export type Tamper = (text: string) => string;

export interface ReplayOptions {
  readonly comfy: ComfyUi;
  readonly clock: VirtualClock;
  /** See HeardSocket. */
  readonly statusesApart?: boolean;
  readonly tamper?: Tamper;
}

/**
 * Plays what a recorded client did against a server, and compares what it is answered and what it hears. Nodes run on
 * a virtual clock: time passes when the recording goes on and not before, so the outcome is the same on every machine.
 */
export class Replay {
  private readonly sockets = new Map<string, HeardSocket>();
  /** Ids that the real server made up, and those that this one made up in their place. */
  private readonly ids = new Map<string, string>();
  private lastRequest = 0;
  /** How many answers were compared. */
  compared = 0;

  private readonly comfy: ComfyUi;
  private readonly clock: VirtualClock;
  private readonly statusesApart: boolean;
  private readonly tamper: Tamper;

  constructor({ comfy, clock, statusesApart = false, tamper = (text) => text }: ReplayOptions) {
    this.comfy = comfy;
    this.clock = clock;
    this.statusesApart = statusesApart;
    this.tamper = tamper;
  }

  async play(entries: readonly Entry[]): Promise<void> {
    for (const [index, entry] of entries.entries()) await this.step(entry, entries.slice(index + 1));
    await this.reach(() => this.hasHeardAll());
    this.compareSockets();
  }

  private compareSockets(): void {
    for (const socket of this.sockets.values()) socket.compare(this.translate, this.statusesApart);
  }

  private async step(entry: Entry, rest: readonly Entry[]): Promise<void> {
    switch (entry.kind) {
      case 'note':
        return this.obey(entry.text);
      case 'ws-open':
        return this.open(entry.conn, entry.path, entry.t_ms);
      case 'ws-close':
        return this.close(entry.conn, entry.code);
      case 'ws-text':
        if (entry.dir === 'out') return this.say(entry.conn, 'text' in entry ? entry.text : entry.message);
        return this.socket(entry.conn).expectText((entry as { message: unknown }).message);
      case 'ws-binary':
        return this.socket(entry.conn).expectBinary(entry.first64_hex);
      case 'http-request': {
        const response = rest.find((later) => later.kind === 'http-response' && later.n === entry.n);
        return this.exchange(entry, response as RecordedResponse, entry.t_ms);
      }
      case 'http-response':
        return;
    }
  }

  /** Notes of the recorder that tell of something done to the server or its files. */
  private async obey(note: string): Promise<void> {
    if (note.startsWith('SIGKILL')) {
      await this.reach(() => this.hasHeardAll());
      await this.comfy.kill();
    }
    if (note === 'start again') await this.comfy.restart();
    const deleted = /^the recorder deleted (\S+) from the output folder/.exec(note)?.[1];
    if (deleted) rmSync(join(this.comfy.directory, 'output/rec', deleted));
  }

  private async open(conn: string, path: string, at: number): Promise<void> {
    await this.reach(() => this.hasHeardAll());
    // What happened while nobody listened has happened.
    while (this.clock.endsBy(at)) {
      this.clock.toNextEnd();
      await this.settle();
    }
    const socket = new WebSocket(`${this.comfy.url.replace('http', 'ws')}${this.translate(path)}`);
    this.sockets.set(
      conn,
      new HeardSocket(conn, socket, this.tamper, (recorded, actual) => this.ids.set(recorded, actual)),
    );
    await once(socket, 'open');
  }

  private async close(conn: string, code: number): Promise<void> {
    await this.reach(() => this.hasHeardAll());
    const { closed, socket } = this.socket(conn);
    const { openSockets } = this.comfy;
    // 1006: the server went away, for the recorder by SIGTERM where it has not killed it before.
    if (code === 1006) await this.comfy.kill();
    else socket.close(code);
    expect({ conn, code: await closed }).toEqual({ conn, code });
    if (code !== 1006) while (this.comfy.openSockets === openSockets) await nextTurn();
  }

  private say(conn: string, message: unknown): void {
    this.socket(conn).socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  private async exchange(request: RecordedRequest, recorded: RecordedResponse, at: number): Promise<void> {
    await this.reach(() => this.hasHeardAll());
    if (this.sockets.size === 0 && request.n > this.lastRequest + 1) await this.endAll();
    this.lastRequest = request.n;
    this.clock.set(at);
    const { body, headers } = await recordedBody(request, this.translate);
    const ask = () => this.ask(request, headers, body);
    let answer = await ask();
    this.learnId(recorded, answer);
    if (leftOut.some(({ path }) => path.test(request.path))) return;

    const name = `#${request.n} ${request.method} ${request.path}`;
    const expected = { name, ...comparableRecord(recorded, request, this.translate) };
    const given = () => ({ name, ...comparableAnswer(answer, request) });
    // What is read while a prompt runs is read at some moment of it: perhaps a later one.
    while (request.method === 'GET' && !isDeepStrictEqual(given(), expected) && this.clock.isAwaited) {
      this.clock.toNextEnd();
      await this.settle();
      answer = await ask();
    }
    expect(given()).toEqual(expected);
    this.compared++;
  }

  private async ask(
    { method, path }: RecordedRequest,
    headers: Record<string, string>,
    body: Buffer | undefined,
  ): Promise<RawAnswer | { error: string }> {
    try {
      const answer = await rawRequest(this.comfy.url, method, this.translate(path), headers, body);
      const isJson = answer.headers['content-type']?.startsWith('application/json');
      return isJson ? { ...answer, body: Buffer.from(this.tamper(answer.body.toString())) } : answer;
    } catch (error) {
      return { error: (error as NodeJS.ErrnoException).code ?? String(error) };
    }
  }

  private learnId(recorded: RecordedResponse, answer: RawAnswer | { error: string }): void {
    const was = (recorded.body as { prompt_id?: string } | undefined)?.prompt_id;
    if (was === undefined || 'error' in answer || answer.status !== 200) return;
    const is = (JSON.parse(answer.body.toString()) as { prompt_id?: string }).prompt_id;
    if (is !== undefined && is !== was) this.ids.set(was, is);
  }

  private readonly translate = (text: string): string =>
    [...this.ids].reduce((result, [recorded, actual]) => result.replaceAll(recorded, actual), text);

  private hasHeardAll(): boolean {
    return [...this.sockets.values()].every((socket) => socket.hasHeardAll());
  }

  /** Requests are left out of the recording with which the recorder waited for a prompt to end. */
  private async endAll(): Promise<void> {
    while ((await this.remaining()) > 0) {
      if (this.clock.isAwaited) this.clock.toNextEnd();
      await this.settle();
    }
  }

  /** Lets time pass until the condition holds. */
  private async reach(condition: () => boolean): Promise<void> {
    await this.settle();
    while (!condition()) {
      if (!this.clock.isAwaited) {
        this.compareSockets();
        throw new Error('a frame that was recorded never came');
      }
      this.clock.toNextEnd();
      await this.settle();
    }
  }

  /** Waits until the server does nothing but wait for time to pass, and all that it has sent is here. */
  private async settle(): Promise<void> {
    if (this.comfy.openSockets === 0 && this.sockets.size > 0 && !(await this.isUp())) return;
    while (!this.clock.isAwaited && (await this.remaining()) > 0) await nextTurn();
    await nextTurn();
    await Promise.all([...this.sockets.values()].map((socket) => socket.catchUp()));
  }

  private async remaining(): Promise<number> {
    if (!(await this.isUp())) return 0;
    const { body } = await rawRequest(this.comfy.url, 'GET', '/prompt');
    const { exec_info } = JSON.parse(body.toString()) as { exec_info: { queue_remaining: number } };
    return exec_info.queue_remaining;
  }

  private isUp(): Promise<boolean> {
    return rawRequest(this.comfy.url, 'HEAD', '/prompt').then(
      () => true,
      () => false,
    );
  }

  private socket(conn: string): HeardSocket {
    const socket = this.sockets.get(conn);
    if (!socket) throw new Error(`the recording has no open socket ${conn}`);
    return socket;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
