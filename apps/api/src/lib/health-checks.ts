import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DatabaseService } from '@sluice/data-access-database';
import { RedisService } from '@sluice/data-access-redis';
import { HealthRegistry } from '@sluice/util-http';

/** What readiness depends on: without the database nothing goes, without Redis everything goes slower. */
@Injectable()
export class HealthChecks implements OnModuleInit {
  constructor(
    private readonly registry: HealthRegistry,
    private readonly redis: RedisService,
    private readonly database: DatabaseService,
  ) {}

  onModuleInit(): void {
    this.registry.register({
      name: 'redis',
      critical: false,
      check: async () => void (await this.redis.ping()),
    });
    this.registry.register({
      name: 'database',
      critical: true,
      check: async () => void (await this.database.ping()),
    });
  }
}
