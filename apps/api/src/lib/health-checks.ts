import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DatabaseService } from '@sluice/data-access-database';
import { RedisLeaderElectionService, RedisService } from '@sluice/data-access-redis';
import { ImageJobRunner } from '@sluice/feature-image';
import { HealthRegistry } from '@sluice/util-http';

/**
 * What readiness depends on: without the database nothing goes, without Redis everything goes slower, and without a
 * ComfyUI server images wait. Where nobody can be elected, nothing is done of what is done in one place only.
 */
@Injectable()
export class HealthChecks implements OnModuleInit {
  constructor(
    private readonly registry: HealthRegistry,
    private readonly redis: RedisService,
    private readonly database: DatabaseService,
    private readonly images: ImageJobRunner,
    private readonly elections: RedisLeaderElectionService,
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
    this.registry.register({ name: 'elections', critical: false, check: async () => this.elections.check() });
    this.registry.register({ name: 'comfyui', critical: false, check: async () => this.#painters() });
  }

  /** Asks nobody: the servers are watched all the time. An installation without images has none, and is well. */
  #painters(): Record<string, unknown> {
    const servers = this.images.servers();
    const ready = servers.filter(({ state }) => state === 'ready').length;
    if (ready > 0 || servers.length === 0) return { ready, servers: servers.length };
    throw Object.assign(new Error('No ComfyUI server is ready.'), { code: 'COMFYUI_NOT_READY' });
  }
}
