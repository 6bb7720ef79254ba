import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../matrix';
import type { Fault } from '../matrix';
import { askOnce } from '../servers/raw-connection';
import type { OneServer } from '../servers/one-server';
import { proven } from './fault';

const FLAP_MS = 500;

const refused: Fault<OneServer> = {
  name: 'refused',
  summary: 'Connections are broken (RST), and new ones refused.',
  effect: { commands: 'lost', data: 'kept' },
  async strike({ proxy }) {
    await proxy.refuse();
    proxy.reset();
    const answer = await askOnce(proxy.port, 'PING');
    return proven(`a new connection got ${answer}`, answer === 'ECONNREFUSED');
  },
  end: ({ proxy }) => proxy.heal(),
};

const blackHole: Fault<OneServer> = {
  name: 'black hole',
  summary: 'Connections stay open, new ones are accepted, and every byte vanishes, both ways.',
  effect: { commands: 'lost', data: 'kept' },
  short: true,
  async strike({ proxy }) {
    proxy.drop();
    await proxy.waitForDropped('toServer');
    const answer = await askOnce(proxy.port, 'PING', 300);
    return proven(
      `a PING got ${answer ?? 'no answer'} in 300 ms, bytes to the server vanished`,
      answer === undefined,
    );
  },
  async end({ proxy }) {
    const gone = proxy.droppedBytes();
    await proxy.heal();
    return `${gone.toLocaleString('en-US')} bytes vanished`;
  },
};

const halfOpen: Fault<OneServer> = {
  name: 'half-open',
  summary: 'The server has closed all connections and clients were not told; new connections work.',
  effect: { commands: 'partly', data: 'kept' },
  async strike({ proxy }) {
    const open = proxy.connections.length;
    proxy.halfOpen();
    await proxy.waitForDropped('toServer');
    return proven(`${open} connections had lost their server, what they said vanished`, open > 0);
  },
  end: ({ proxy }) => proxy.heal(),
};

const slow: Fault<OneServer> = {
  name: 'slow by 300 ms',
  summary: 'Each answer comes 300 ms later: too late for a cache (100 ms), in time for all else (500 ms).',
  effect: { commands: 'late', data: 'kept' },
  async strike({ proxy }) {
    proxy.delay(300, 'toClient');
    const began = now();
    const answer = await askOnce(proxy.port, 'PING');
    const took = now() - began;
    return proven(
      `a PING was answered ${answer} after ${took.toFixed(0)} ms`,
      took >= 300 && answer !== undefined,
    );
  },
  end: ({ proxy }) => proxy.heal(),
};

const dnsGone: Fault<OneServer> = {
  name: 'DNS gone',
  summary: 'Connections are broken, and the name of the server is not known any more (ENOTFOUND).',
  effect: { commands: 'lost', data: 'kept' },
  async strike({ proxy, users }) {
    for (const user of users) user.names(false);
    proxy.reset();
    await pause(500);
    const lookups = await refusals(users);
    return proven(`${lookups} look-ups were refused in the first half second`, lookups > 0);
  },
  async end({ users }) {
    const lookups = await refusals(users);
    for (const user of users) user.names(true);
    return `${lookups} look-ups were refused in all`;
  },
};

async function refusals(users: OneServer['users']): Promise<number> {
  const counts = await Promise.all(users.map((user) => user.refusedLookups()));
  return counts.reduce((sum, count) => sum + count, 0);
}

let flaps: { count: number; stop(): Promise<void> } | undefined;

const flapping: Fault<OneServer> = {
  name: 'flapping every second',
  summary: 'Every second all connections are broken and new ones refused, for half a second.',
  effect: { commands: 'partly', data: 'kept' },
  lastsMs: 8_000,
  async strike({ proxy }) {
    let stopped = false;
    const state = { count: 0, stop: async () => undefined as void };
    const running = (async () => {
      while (!stopped) {
        await proxy.refuse();
        proxy.reset();
        state.count += 1;
        await pause(FLAP_MS);
        await proxy.accept();
        await pause(FLAP_MS);
      }
    })();
    state.stop = async () => {
      stopped = true;
      await running;
    };
    flaps = state;
    const answer = await askOnce(proxy.port, 'PING');
    return proven(`a new connection got ${answer}`, answer === 'ECONNREFUSED');
  },
  async end({ proxy }) {
    await flaps?.stop();
    await proxy.heal();
    return `it was lost ${flaps?.count} times`;
  },
};

const minute: Fault<OneServer> = {
  ...blackHole,
  name: 'a minute of black hole',
  summary: 'As a black hole, for 60 s under the same load: for what memory holds meanwhile.',
  lastsMs: 60_000,
  short: false,
};

export const networkFaults = [refused, blackHole, halfOpen, slow, dnsGone, flapping];
export const longFaults = [minute];
