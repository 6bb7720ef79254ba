import type { RedisProcess } from '@sluice/testing-servers';
import type { Fault } from '../matrix';
import type { SentinelServers } from '../servers/sentinel';
import { proven } from './fault';

let old: RedisProcess | undefined;

const planned: Fault<SentinelServers> = {
  name: 'Sentinel fail-over, planned',
  summary: 'An operator has the sentinels make the replica the master (`SENTINEL FAILOVER`).',
  effect: { commands: 'partly', data: 'behind' },
  async strike({ sentinel }) {
    const before = await sentinel.master();
    const after = await sentinel.failover();
    return proven('all sentinels name another master', before.port !== after.port);
  },
  async end({ sentinel }) {
    await sentinel.settled();
    return 'the old master has become a replica';
  },
};

const masterKilled: Fault<SentinelServers> = {
  name: 'Sentinel fail-over',
  summary: 'The master is killed; the fault is over when the sentinels have made the replica the master.',
  effect: { commands: 'partly', data: 'behind' },
  lastsMs: 0,
  async strike({ sentinel }) {
    old = await sentinel.master();
    await old.kill();
    return proven(`the master is ${old.running ? 'there' : 'gone'}`, !old.running);
  },
  async end({ sentinel }) {
    const master = await sentinel.master();
    return proven('another one is the master', master.port !== old?.port);
  },
};

export const sentinelFaults = [planned, masterKilled];
