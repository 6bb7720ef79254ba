import { Controller, Get } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ThrottlerGuard, ThrottlerModule as NestThrottlerModule } from '@nestjs/throttler';
import { RedisModule } from '@sluice/data-access-redis';
import { provideRedis } from '@sluice/testing-servers';
import { HttpModule } from '@sluice/util-http';
import { ThrottlerModule, ThrottlerStorageRedisService } from '../../index';

@Controller()
class SomeController {
  @Get()
  get(): string {
    return 'ok';
  }
}

it('serves the guard of @nestjs/throttler', async () => {
  const server = await provideRedis();
  const module = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url: server.url, keyPrefix: `test-${process.pid}-${Date.now()}:` }),
      HttpModule.forRoot({ secret: 's'.repeat(32) }),
      NestThrottlerModule.forRootAsync({
        imports: [ThrottlerModule.forRoot({ policies: [] })],
        inject: [ThrottlerStorageRedisService],
        useFactory: (storage: ThrottlerStorageRedisService) => ({
          throttlers: [
            { ttl: 600_000, limit: 2, blockDuration: 0 },
            { name: 'long', ttl: 3_600_000, limit: 100 },
          ],
          storage,
        }),
      }),
    ],
    controllers: [SomeController],
    providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
  }).compile();
  const app: NestFastifyApplication = module.createNestApplication(new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  const get = async () => fetch(await app.getUrl());
  const answers = [await get(), await get(), await get(), await get()];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
  expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['1', '0', null, null]);
  expect(answers[0]?.headers.get('x-ratelimit-remaining-long')).toBe('99');
  expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(290);
  expect(Number(answers[2]?.headers.get('retry-after'))).toBeLessThanOrEqual(300);
  await app.close();
  await server.stop();
});
