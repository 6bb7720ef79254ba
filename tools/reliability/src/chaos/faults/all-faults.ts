import type { Fault } from '../matrix';
import { ClusterServers } from '../servers/cluster';
import { OneServer } from '../servers/one-server';
import { SentinelServers } from '../servers/sentinel';
import type { Servers } from '../servers/servers';
import { TlsServers } from '../servers/tls';
import { clusterFaults } from './cluster';
import { longFaults, networkFaults } from './network';
import { processFaults } from './process';
import { refusalFaults } from './refusals';
import { sentinelFaults } from './sentinel';
import { tlsFaults } from './tls';

/** Rows that run on the same kind of servers. */
export interface Group {
  readonly topology: string;
  start(): Promise<Servers>;
  readonly faults: readonly Fault[];
}

function group<S extends Servers>(topology: string, start: () => Promise<S>, faults: Fault<S>[]): Group {
  return { topology, start, faults: faults as unknown as readonly Fault[] };
}

export const GROUPS: readonly Group[] = [
  group('one Redis', () => OneServer.start(), [
    ...networkFaults,
    ...processFaults,
    ...refusalFaults,
    ...longFaults,
  ]),
  group('a Redis that speaks TLS', () => TlsServers.start(), tlsFaults),
  group('a Cluster of three masters with replicas', () => ClusterServers.start(), clusterFaults),
  group('a master with a replica and three sentinels', () => SentinelServers.start(), sentinelFaults),
];
