import { setTimeout as pause } from 'node:timers/promises';
import { type FaultProxy, startFaultProxy } from '@sluice/testing-servers';
import { serveApi, type ServedApi } from '../support/served-api';
import { holders } from './job-history';
import { pick } from './pick';

interface Member {
  api: ServedApi;
  /** Between it and the database. */
  proxy: FaultProxy;
  /** Somebody is just killing, freezing or restarting it. */
  disturbed: boolean;
}

/** For so long one is looked for that is running a job. */
const HOLDER_WITHIN_MS = 5_000;

/** What was done to a process, and when. */
export interface Hit {
  what: 'kill' | 'freeze' | 'delay' | 'term';
  pid: number;
  at: number;
}

/** Several processes of the API on the same servers; whoever dies is replaced. */
export class Fleet {
  /** Of all that ever were, by the APP_NAME under which they write to the database. */
  readonly pids = new Map<string, number>();
  readonly hits: Hit[] = [];
  readonly #members: Member[] = [];
  #lives = 0;
  #output = '';

  constructor(
    private readonly env: Record<string, string>,
    private readonly databaseUrl: string,
    private readonly random: () => number,
  ) {}

  async start(size: number): Promise<void> {
    const served = await Promise.all(Array.from({ length: size }, () => this.#serve()));
    this.#members.push(...served.map((parts) => ({ ...parts, disturbed: false })));
  }

  /** One that nobody disturbs. */
  get url(): string {
    const calm = this.#members.filter(({ disturbed }) => !disturbed);
    return (pick(this.random, calm) ?? (this.#members[0] as Member)).api.url;
  }

  /** What all of them have printed. */
  get output(): string {
    return this.#output + this.#members.map(({ api }) => api.output()).join('');
  }

  /** SIGKILL, and another one comes in its place. */
  kill(): Promise<boolean> {
    return this.#disturb('kill', async (member) => {
      await member.api.stop('SIGKILL');
      await this.#replace(member);
    });
  }

  /** SIGSTOP for so long, then SIGCONT. */
  freeze(ms: number): Promise<boolean> {
    return this.#disturb('freeze', async ({ api: { pid } }) => {
      process.kill(pid, 'SIGSTOP');
      await pause(ms);
      process.kill(pid, 'SIGCONT');
    });
  }

  /** For so long the database hears nothing of it, and then all that it has written meanwhile. */
  delay(ms: number): Promise<boolean> {
    return this.#disturb('delay', async ({ proxy }) => {
      proxy.hold('toServer');
      await pause(ms);
      proxy.release('toServer');
    });
  }

  /** SIGTERM, and another one comes in its place. @throws Error when it does not end with exit code 0 */
  term(): Promise<boolean> {
    return this.#disturb('term', async (member) => {
      const code = await member.api.stop('SIGTERM');
      if (code !== 0) throw new Error(`SIGTERM ended it with ${code}:\n${member.api.output().slice(-2_000)}`);
      await this.#replace(member);
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map(({ api }) => api.stop()));
    await Promise.all(this.#members.map(({ proxy }) => proxy.close()));
  }

  /** To one that holds a job, if there is one soon, and never to the last calm one. @returns false when there was none */
  async #disturb(what: Hit['what'], how: (member: Member) => Promise<void>): Promise<boolean> {
    const member = (await this.#holder()) ?? pick(this.random, this.#calm());
    if (!member) return false;
    member.disturbed = true;
    this.hits.push({ what, pid: member.api.pid, at: Date.now() });
    try {
      await how(member);
    } finally {
      member.disturbed = false;
    }
    return true;
  }

  #calm(): Member[] {
    const calm = this.#members.filter(({ disturbed }) => !disturbed);
    return calm.length < 2 ? [] : calm;
  }

  async #holder(): Promise<Member | undefined> {
    const deadline = Date.now() + HOLDER_WITHIN_MS;
    do {
      const busy = await holders(this.databaseUrl);
      const member = pick(
        this.random,
        this.#calm().filter(({ api }) => busy.has(api.pid)),
      );
      if (member && !member.disturbed) return member;
      await pause(50);
    } while (Date.now() < deadline);
    return undefined;
  }

  async #replace(member: Member): Promise<void> {
    this.#output += member.api.output();
    await member.proxy.close();
    Object.assign(member, await this.#serve());
  }

  async #serve(): Promise<Pick<Member, 'api' | 'proxy'>> {
    this.#lives += 1;
    const name = `api-${this.#lives}`;
    const url = new URL(this.databaseUrl);
    const proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const api = await serveApi({ ...this.env, DATABASE_URL: url.href, APP_NAME: name });
    this.pids.set(name, api.pid);
    return { api, proxy };
  }
}
