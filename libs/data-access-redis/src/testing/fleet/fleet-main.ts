import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { RedisModule, RedisService } from '../../index';
import { evictionCommands } from './eviction-commands';
import { MUTANTS } from './mutants';
import type { Mutant } from './mutants';
import { RemoteCalls } from './remote-calls';
import type { Callable } from './remote-calls';
import { soakCommands } from './soak-commands';
import { stampedeCommands } from './stampede-commands';

// One process of a fleet; see fleet-process.ts.
process.once('disconnect', () => process.exit(0));

const { FLEET_REDIS_URL, FLEET_KEY_PREFIX, FLEET_CACHE_TIMEOUT_MS, FLEET_MUTANT } = process.env;
if (FLEET_MUTANT) MUTANTS[FLEET_MUTANT as Mutant]();

const callable: Callable = { ready: () => started };
const calls = new RemoteCalls(process, callable);
const started = start();

async function start(): Promise<void> {
  const server = FLEET_REDIS_URL ?? '';
  const module = RedisModule.forRoot({
    ...(server.includes('://') ? { url: server } : { cluster: { nodes: server.split(',') } }),
    keyPrefix: FLEET_KEY_PREFIX,
    cacheTimeoutMs: Number(FLEET_CACHE_TIMEOUT_MS),
  });
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  const redis = app.get(RedisService);
  Object.assign(
    callable,
    soakCommands(redis, calls),
    stampedeCommands(redis, calls),
    evictionCommands(redis),
  );
}
