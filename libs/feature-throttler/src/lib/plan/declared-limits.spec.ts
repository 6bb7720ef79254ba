import { Controller, Get } from '@nestjs/common';
import { RateLimit, type RateLimitOptions } from '@sluice/util-http';
import { serveLimited } from '../../testing/serve-limited';

function controllerWith(options: RateLimitOptions) {
  @Controller()
  class SomeController {
    @Get('some')
    @RateLimit(options)
    some(): string {
      return 'ok';
    }
  }
  return SomeController;
}

it.each<[RateLimitOptions, RegExp]>([
  [
    { policies: ['nowhere'] },
    /no rate limit named "nowhere"; the app has declared: default, login-ip, login-email/,
  ],
  [{ cost: 0 }, /cost must be a whole number/],
  [{ cost: 1.5 }, /cost must be a whole number/],
  [{ cost: 21 }, /costs 21 can never pass "default", which allows 20/],
  [{ policies: ['login-ip'], cost: 5 }, /costs 5 can never pass "login-ip", which allows 4/],
  [{ everywhere: false }, /a limit must be named/],
  [{ policies: ['login-email'], onRedisLoss: 'allow' }, /"login-email" must never open up/],
])('an app with @RateLimit(%j) does not start, and says where', async (options, message) => {
  const started = serveLimited('redis://127.0.0.1:1', { controllers: [controllerWith(options)] });
  await expect(started).rejects.toThrow(message);
  await expect(started).rejects.toThrow(/^@RateLimit\(\) of SomeController.some: /);
});

it('an app whose limits can be starts', async () => {
  const controllers = [controllerWith({ policies: ['login-ip'], cost: 4, onRedisLoss: 'deny' })];
  const app = await serveLimited('redis://127.0.0.1:1', { controllers });
  expect((await app.call('GET', 'some')).status).toBe(503);
  await app.close();
});
