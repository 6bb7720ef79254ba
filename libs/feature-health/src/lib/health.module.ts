import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController } from './health.controller';
import { HEALTH_OPTIONS, type HealthModuleOptions } from './health.options';
import { HealthService } from './health.service';
import { ManagementAccess } from './management-access';
import { ManagementServer } from './management.server';
import { MetricsService } from './metrics.service';

/** `/health/live`, `/health/ready` and `/metrics`; what readiness depends on is registered in `HealthRegistry`. */
@Module({})
export class HealthModule {
  static forRoot(options: HealthModuleOptions): DynamicModule {
    return {
      module: HealthModule,
      controllers: [HealthController],
      providers: [
        { provide: HEALTH_OPTIONS, useValue: options },
        HealthService,
        ManagementAccess,
        ManagementServer,
        MetricsService,
      ],
      exports: [HealthService, ManagementServer],
    };
  }
}
