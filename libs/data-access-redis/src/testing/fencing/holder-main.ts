import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { RedisLockService, RedisModule } from '../../index';
import { RemoteCalls } from '../fleet/remote-calls';
import type { Callable } from '../fleet/remote-calls';
import { heldCommands } from './held-commands';
import { lineCommands } from './line-commands';
import { LOCK_MUTANTS } from './lock-mutants';
import type { LockMutant } from './lock-mutants';
import { LockWorker } from './lock-worker';
import type { LockOrders } from './lock-worker';

// One process that locks; see run-fencing.ts, and the specs of locks in src/fleet.
process.once('disconnect', () => process.exit(0));

const { FLEET_REDIS_URL, FLEET_KEY_PREFIX, FLEET_MUTANT } = process.env;
if (FLEET_MUTANT) LOCK_MUTANTS[FLEET_MUTANT as LockMutant]();

const callable: Callable = { ready: () => started };
const parent = new RemoteCalls(process, callable);
const started = start();

async function start(): Promise<void> {
  const module = RedisModule.forRoot({ url: FLEET_REDIS_URL, keyPrefix: FLEET_KEY_PREFIX });
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  const locks = app.get(RedisLockService);
  let worker: LockWorker | undefined;
  Object.assign(callable, {
    begin: (orders: LockOrders) => {
      worker = new LockWorker(locks, parent, orders);
      worker.begin();
    },
    stop: () => worker?.stop(),
    block,
    ...lineCommands(locks),
    ...heldCommands(locks),
  });
}

/** Keeps the event loop busy. Other than after a pause of the process, timers that are due then come before messages. */
function block(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => {
      const end = performance.now() + ms;
      while (performance.now() < end);
      resolve();
    });
  });
}
