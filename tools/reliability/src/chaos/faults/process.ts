import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../matrix';
import { askOnce } from '../servers/raw-connection';
import type { OneServer } from '../servers/one-server';
import { proven } from './fault';

const KEYS_TO_LOAD = 2_000;

const frozen: Fault<OneServer> = {
  name: 'frozen',
  summary: 'The process stands still (SIGSTOP): its system goes on accepting connections.',
  effect: { commands: 'lost', data: 'kept' },
  short: true,
  async strike({ redis }) {
    redis.freeze();
    await pause(20);
    const state = /^State:\s+(.*)$/m.exec(readFileSync(`/proc/${redis.pid}/status`, 'utf8'))?.[1] ?? '';
    return proven(`the system says of the process: ${state}`, state.startsWith('T'));
  },
  async end({ redis }) {
    redis.thaw();
    await answers(redis.port);
  },
};

const killed: Fault<OneServer> = {
  name: 'killed',
  summary: 'The process is killed (SIGKILL), and a new one without its data comes in the end.',
  effect: { commands: 'lost', data: 'lost' },
  short: true,
  async strike({ redis }) {
    const { pid, port } = redis;
    await redis.kill();
    const answer = await askOnce(port, 'PING');
    return proven(`process ${redis.running ? 'lives' : 'is gone'}, its port: ${answer}`, !alive(pid));
  },
  end: ({ redis }) => redis.restart(),
};

const restarted: Fault<OneServer> = {
  name: 'restarted empty',
  summary: 'The process is killed, and a new one without its data is there at once.',
  effect: { commands: 'partly', data: 'lost' },
  async strike({ redis }) {
    const { pid } = redis;
    await redis.cli('SET', 'chaos-kept', 'yes');
    await redis.restart();
    const kept = (await redis.cli('EXISTS', 'chaos-kept')).trim();
    return proven(
      `process ${redis.pid} after ${pid}, keys kept of one: ${kept}`,
      redis.pid !== pid && kept === '0',
    );
  },
  end: () => Promise.resolve(),
};

const paused: Fault<OneServer> = {
  name: 'CLIENT PAUSE',
  summary: 'The server takes commands and answers none of them (`CLIENT PAUSE … ALL`).',
  effect: { commands: 'lost', data: 'kept' },
  async strike({ redis }, lastsMs) {
    await redis.cli('CLIENT', 'PAUSE', String(lastsMs), 'ALL');
    const answer = await askOnce(redis.port, 'PING', 300);
    return proven(`a PING got ${answer ?? 'no answer'} in 300 ms`, answer === undefined);
  },
  end: ({ redis }) => answers(redis.port),
};

const loading: Fault<OneServer> = {
  name: 'loading',
  summary: 'The server loads its data and answers LOADING meanwhile (`DEBUG RELOAD`).',
  effect: { commands: 'lost', data: 'kept' },
  async strike({ redis }, lastsMs) {
    await redis.cli('DEBUG', 'POPULATE', String(KEYS_TO_LOAD), 'chaos-load', '100');
    await redis.cli('CONFIG', 'SET', 'key-load-delay', String(Math.round((lastsMs * 1_000) / KEYS_TO_LOAD)));
    const load = redis.cli('DEBUG', 'RELOAD').catch(() => undefined);
    await Promise.race([load, pause(500)]);
    const answer = await askOnce(redis.port, 'PING', 2_000);
    return proven(`a PING got "${answer}"`, answer?.startsWith('-LOADING') === true);
  },
  async end({ redis }) {
    await answers(redis.port);
    await redis.cli('CONFIG', 'SET', 'key-load-delay', '0');
  },
};

/** Resolves when it answers `+PONG`. @throws Error after a minute */
async function answers(port: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  while ((await askOnce(port, 'PING', 1_000)) !== '+PONG') {
    if (performance.now() > deadline) throw new Error('Redis did not come back within a minute');
    await pause(20);
  }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export const processFaults = [frozen, paused, killed, restarted, loading];
