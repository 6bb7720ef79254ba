export { HealthModule } from './lib/health.module';
export { HealthService } from './lib/health.service';
export { ManagementServer } from './lib/management.server';
export type { HealthModuleOptions } from './lib/health.options';
