import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { RedisModule } from '@sluice/data-access-redis';
import { HttpModule } from '@sluice/util-http';
import { RatePlans, ThrottlerModule, ThrottlerStorageRedisService } from '../index';
import { readTakeReply } from '../lib/storage/take-reply';
import type { Hammered, HammerOrders } from './hammer-process';

// One process that asks as fast as it can; see hammer-process.ts.
process.once('disconnect', () => process.exit(0));
process.once('message', (orders: HammerOrders) => {
  prepare(orders).then((hammer) => {
    process.once('message', () => hammer().then((hammered) => process.send?.(hammered), fail));
    process.send?.('ready');
  }, fail);
});

function fail(error: Error): void {
  process.send?.({ error: error.stack });
}

class HammerModule {}

async function prepare({
  url,
  keyPrefix,
  policy,
  forMs,
  inFlight,
}: HammerOrders): Promise<() => Promise<Hammered>> {
  const app = await NestFactory.createApplicationContext(
    {
      module: HammerModule,
      imports: [
        // A deadline that a busy machine keeps: what is hammered is the counting, and a late answer was counted too.
        RedisModule.forRoot({ url, keyPrefix, commandTimeoutMs: 5_000 }),
        HttpModule.forRoot({ secret: 's'.repeat(32) }),
        ThrottlerModule.forRoot({ policies: [policy] }),
      ],
    },
    { logger: false, abortOnError: false },
  );
  const storage = app.get(ThrottlerStorageRedisService, { strict: false });
  const { limits } = app.get(RatePlans, { strict: false }).for();
  return async () => {
    const hammered: Hammered = { asked: 0, allowed: 0, stamps: [], from: Date.now(), to: 0 };
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (Date.now() - hammered.from < forMs) {
          const reply = readTakeReply(await storage.take('who', limits), limits);
          hammered.asked += 1;
          if (!reply.taken) continue;
          hammered.allowed += 1;
          hammered.stamps.push(reply.stamp);
        }
      }),
    );
    hammered.to = Date.now();
    return hammered;
  };
}
