import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { RatePlans } from './rate-plans';

/** Looks at every `@RateLimit()` when the app starts, so that a wrong one is not found out by a request. */
@Injectable()
export class DeclaredLimits implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly plans: RatePlans,
  ) {}

  /** @throws Error that names the handler */
  onModuleInit(): void {
    for (const { metatype } of this.discovery.getControllers()) {
      if (!metatype) continue;
      const type = metatype as Type;
      const prototype = type.prototype as Record<string, () => unknown>;
      for (const name of this.scanner.getAllMethodNames(prototype)) this.check(type, name, prototype[name]);
    }
  }

  private check(type: Type, name: string, handler: (() => unknown) | undefined): void {
    if (!handler) return;
    try {
      this.plans.of({ getClass: () => type as never, getHandler: () => handler });
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'unknown';
      throw new Error(`@RateLimit() of ${type.name}.${name}: ${problem}.`, { cause: error });
    }
  }
}
