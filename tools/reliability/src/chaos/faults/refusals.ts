import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../matrix';
import { askOnce, RawConnection } from '../servers/raw-connection';
import type { OneServer } from '../servers/one-server';
import { proven } from './fault';

const FILLERS = 40;

const readOnly: Fault<OneServer> = {
  name: 'read-only after fail-over',
  summary: 'The server has become a replica: it answers reads, and READONLY to writes.',
  effect: { commands: 'reads', data: 'kept' },
  async strike({ redis }) {
    await redis.cli('REPLICAOF', '127.0.0.1', '1');
    const answer = await askOnce(redis.port, 'SET chaos-evidence 1');
    return proven(`a SET got "${answer}"`, answer?.startsWith('-READONLY') === true);
  },
  end: async ({ redis }) => void (await redis.cli('REPLICAOF', 'NO', 'ONE')),
};

const outOfMemory: Fault<OneServer> = {
  name: 'out of memory',
  summary:
    'The server is full and evicts nothing: it answers reads and deletions, and OOM to all that needs memory.',
  effect: { commands: 'reads', data: 'kept' },
  async strike({ redis }) {
    await redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    const answer = await askOnce(redis.port, 'SET chaos-evidence 1');
    return proven(`a SET got "${answer}"`, answer?.startsWith('-OOM') === true);
  },
  end: async ({ redis }) => void (await redis.cli('CONFIG', 'SET', 'maxmemory', '0')),
};

let crowd: { admin: RawConnection; fillers: RawConnection[] } | undefined;

const maxClients: Fault<OneServer> = {
  name: 'max clients',
  summary: 'Connections are broken, and strangers have all the places that the server has for clients.',
  effect: { commands: 'lost', data: 'kept' },
  async strike({ redis, proxy }) {
    const admin = await RawConnection.open(redis.port);
    const fillers = await Promise.all(Array.from({ length: FILLERS }, () => RawConnection.open(redis.port)));
    crowd = { admin, fillers };
    await Promise.all(fillers.map((filler) => filler.ask('PING')));
    await admin.ask(`CONFIG SET maxclients ${FILLERS + 1}`);
    proxy.reset();
    await pause(100);
    const answer = await askOnce(proxy.port, 'PING');
    return proven(
      `a new connection got "${answer}"`,
      answer?.startsWith('-ERR max number of clients') === true,
    );
  },
  async end() {
    await crowd?.admin.ask('CONFIG SET maxclients 10000');
    for (const connection of [...(crowd?.fillers ?? []), crowd?.admin]) connection?.close();
  },
};

const busyScript: Fault<OneServer> = {
  name: 'busy script',
  summary: 'A script of somebody else runs without end: the server answers BUSY.',
  effect: { commands: 'lost', data: 'kept' },
  async strike({ redis }) {
    const culprit = await RawConnection.open(redis.port);
    culprit.say('EVAL "while true do end" 0');
    await pause(300);
    const answer = await askOnce(redis.port, 'PING');
    return proven(`a PING got "${answer}"`, answer?.startsWith('-BUSY') === true);
  },
  end: async ({ redis }) => void (await askOnce(redis.port, 'SCRIPT KILL')),
};

let flushing: { count: number; stop(): void } | undefined;

const scriptFlush: Fault<OneServer> = {
  name: 'SCRIPT FLUSH',
  summary: 'The server forgets all scripts, twice a second.',
  effect: { commands: 'served', data: 'kept' },
  async strike({ redis }) {
    const state = { count: 0, stop: () => clearInterval(timer) };
    const flush = async () => {
      if ((await askOnce(redis.port, 'SCRIPT FLUSH')) === '+OK') state.count += 1;
    };
    const before = await scripts(redis);
    await flush();
    const timer = setInterval(() => void flush(), 500);
    flushing = state;
    return proven(`${before} scripts were forgotten`, before > 0 && state.count === 1);
  },
  end: () => {
    flushing?.stop();
    return Promise.resolve(`they were forgotten ${flushing?.count} times`);
  },
};

async function scripts(redis: OneServer['redis']): Promise<number> {
  const info = await redis.cli('INFO', 'memory');
  return Number(/^number_of_cached_scripts:(\d+)/m.exec(info)?.[1] ?? NaN);
}

const flushAll: Fault<OneServer> = {
  name: 'FLUSHALL',
  summary: 'Somebody empties the server.',
  effect: { commands: 'served', data: 'lost' },
  short: true,
  async strike({ redis }) {
    const before = Number(await redis.cli('DBSIZE'));
    await redis.cli('FLUSHALL');
    const after = Number(await redis.cli('DBSIZE'));
    return proven(`${before} keys before, ${after} a moment after`, before > after);
  },
  end: () => Promise.resolve(),
};

const wrongPassword: Fault<OneServer> = {
  name: 'wrong password at rotation',
  summary:
    'The password is changed at the server before the application has the new one, and connections are ended.',
  effect: { commands: 'lost', data: 'kept' },
  async strike(servers) {
    await servers.rotate();
    const answer = await askOnce(servers.redis.port, servers.auth);
    return proven(`signing in got "${answer}"`, answer?.startsWith('-WRONGPASS') === true);
  },
  end: (servers) => servers.rotateBack(),
};

export const refusalFaults = [
  readOnly,
  outOfMemory,
  maxClients,
  busyScript,
  scriptFlush,
  flushAll,
  wrongPassword,
];
