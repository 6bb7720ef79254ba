import { Injectable, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RedisModule } from '@sluice/data-access-redis';
import { HttpModule } from '@sluice/util-http';
import { RatePlans, ThrottlerModule, type ThrottlerModuleOptions } from '../index';

const options = (name: string): ThrottlerModuleOptions => ({
  policies: [{ name, quota: 1, window: 1_000, by: 'user', everywhere: true }],
});

@Injectable()
class Factory {
  createThrottlerOptions(): ThrottlerModuleOptions {
    return options('by-class');
  }
}

async function headerWith(module: DynamicModule): Promise<string> {
  const testing = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url: 'redis://127.0.0.1:1' }),
      HttpModule.forRoot({ secret: 's'.repeat(32) }),
      module,
    ],
  }).compile();
  testing.useLogger(false);
  await testing.init();
  const { header } = testing.get(RatePlans, { strict: false }).for();
  await testing.close();
  return header;
}

it.each<[string, DynamicModule, string]>([
  ['given', ThrottlerModule.forRoot(options('given')), 'given'],
  ['from a factory', ThrottlerModule.forRootAsync({ useFactory: async () => options('made') }), 'made'],
  ['from a class', ThrottlerModule.forRootAsync({ useClass: Factory }), 'by-class'],
])('takes options %s', async (_, module, name) => {
  expect(await headerWith(module)).toBe(`"${name}";q=1;w=1`);
});

it('does not start with wrong ones', async () => {
  const wrong = ThrottlerModule.forRootAsync({ useFactory: () => ({ ...options('a'), instances: 0 }) });
  await expect(headerWith(wrong)).rejects.toThrow(/instances of the throttler/);
});
