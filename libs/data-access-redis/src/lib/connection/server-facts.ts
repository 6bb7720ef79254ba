import type { Redis } from 'ioredis';

/** What a server says of itself when a connection is made; asked anew with each. */
export interface ServerFacts {
  readonly version: string | undefined;
  /** 2 when it does not know `HELLO`. */
  readonly protocol: 2 | 3;
  /** What it runs as; undefined when it does not know `HELLO`. */
  readonly kind: 'server' | 'sentinel' | undefined;
  /**
   * What names the history of its data (`master_replid`): another one after a restart and after a fail-over. Undefined
   * when it does not say.
   */
  readonly history: string | undefined;
  /** Whether it copies another, and takes no writes. */
  readonly replica: boolean;
  /** Whether it can tell what changes (`CLIENT TRACKING`), and this user may ask for it. */
  readonly tracks: boolean;
  /** Whether it drops keys when its memory is full that have not expired: then a lock that is held may go. */
  readonly evicts: boolean;
  /** The answer to `TIME`, if there was one, with the `Date.now()` of question and answer. */
  readonly time: readonly unknown[];
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** @throws what the driver throws when the connection is lost meanwhile */
export async function learnServer(driver: Redis): Promise<ServerFacts> {
  // A refusal is an answer too: an old server, a proxy, or a user who may not ask.
  const ask = (...words: [string, ...string[]]) =>
    driver.call(...words).catch((error: Error) => {
      if (error.name === 'ReplyError') return undefined;
      throw error;
    });
  const sentAt = Date.now();
  const [time, tracking, hello, memory, replication] = await Promise.all([
    ask('TIME'),
    ask('CLIENT', 'TRACKINGINFO'),
    ask('HELLO'),
    ask('INFO', 'memory'),
    ask('INFO', 'replication'),
  ]);
  const receivedAt = Date.now();
  const fields = Array.isArray(hello) ? hello.map(String) : [];
  const field = (name: string) => {
    const at = fields.indexOf(name);
    return at < 0 ? undefined : fields[at + 1];
  };
  return {
    version: field('version'),
    protocol: field('proto') === '3' ? 3 : 2,
    kind: fields.length === 0 ? undefined : field('mode') === 'sentinel' ? 'sentinel' : 'server',
    history: /^master_replid:(\w+)/m.exec(String(replication))?.[1],
    replica: field('role') === 'replica',
    tracks: tracking !== undefined,
    evicts: /^maxmemory:[1-9]/m.test(String(memory)) && !/^maxmemory_policy:noeviction/m.test(String(memory)),
    time: Array.isArray(time) ? time : [],
    sentAt,
    receivedAt,
  };
}
