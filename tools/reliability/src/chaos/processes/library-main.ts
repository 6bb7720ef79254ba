import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import {
  RedisLeaderElectionService,
  RedisLockService,
  RedisModule,
  RedisService,
} from '@sluice/data-access-redis';
import { readCached } from '../probes/cached-read';
import { writeCache } from '../probes/cache-write';
import { invalidate } from '../probes/invalidation';
import { lead } from '../probes/leader';
import { holdLock } from '../probes/lock-holder';
import { waitForLock } from '../probes/waiter';
import type { Member } from '../probes/member';
import { Reporter } from './reporter';

// The library as two members of a fleet, each with connections of its own; see served-process.ts.
const reporter = new Reporter();

async function run(): Promise<void> {
  const members = await Promise.all([join('one'), join('two')]);
  const [one, two] = members;
  const probes = [readCached, writeCache, invalidate, holdLock, waitForLock, lead];
  const running = probes.map((probe) => probe(reporter, one, two));
  reporter.ready();
  await Promise.all(running);
  await reporter.end();
  await Promise.all(members.map(({ close }) => close()));
  process.exit(0);
}

async function join(name: string): Promise<Member> {
  const app = await NestFactory.createApplicationContext(RedisModule.forRoot(), {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  return {
    name,
    redis: app.get(RedisService),
    locks: app.get(RedisLockService),
    elections: app.get(RedisLeaderElectionService),
    close: () => app.close(),
  };
}

run().catch((error: unknown) => reporter.broken(error));
