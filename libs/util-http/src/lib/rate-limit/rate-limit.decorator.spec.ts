import { Endpoint, isUnlimited, RateLimit, rateLimitOf, Unlimited } from '../../index';

@RateLimit({ policies: ['of-the-controller'] })
class LimitedController {
  plain(): void {}

  @RateLimit({ cost: 5 })
  own(): void {}

  @Endpoint({ summary: 'Probed', unlimited: true, responses: { 200: null } })
  probed(): void {}
}

@Unlimited()
class UnlimitedController {
  plain(): void {}
}

const at = (controller: new () => object, name: string) => ({
  getClass: () => controller as never,
  getHandler: () => controller.prototype[name as never] as never,
});

it('what stands at the handler replaces what stands at its controller', () => {
  expect(rateLimitOf(at(LimitedController, 'plain'))).toEqual({ policies: ['of-the-controller'] });
  expect(rateLimitOf(at(LimitedController, 'own'))).toEqual({ cost: 5 });
  expect(rateLimitOf(at(UnlimitedController, 'plain'))).toBeUndefined();
});

it('a handler or its controller may be free of limits', () => {
  expect(isUnlimited(at(LimitedController, 'plain'))).toBe(false);
  expect(isUnlimited(at(LimitedController, 'probed'))).toBe(true);
  expect(isUnlimited(at(UnlimitedController, 'plain'))).toBe(true);
});
