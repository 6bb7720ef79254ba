import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { DatabaseModule, type DatabaseModuleOptions } from '@sluice/data-access-database';
import { RedisModule, type RedisModuleOptions } from '@sluice/data-access-redis';
import { AccessTokenGuard, AuthModule, SessionGuard } from '@sluice/feature-auth';
import { CharacterModule } from '@sluice/feature-character';
import { HealthModule } from '@sluice/feature-health';
import { HttpModule, ProblemFilter } from '@sluice/util-http';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { developmentSecret } from './development-secret';
import type { Settings } from './environment';
import { GracefulShutdown, SHUTDOWN_DELAY_MS } from './graceful-shutdown';
import { HealthChecks } from './health-checks';
import { requestLogging } from './logging';

export interface AppOptions {
  settings: Settings;
  logger: Logger;
  /** Default: from the environment. */
  redis?: RedisModuleOptions;
  /** Default: from the environment. */
  database?: DatabaseModuleOptions;
}

/** Puts the features together. Guards run in the order written here. */
@Module({})
export class AppModule {
  static forRoot({ settings, logger, redis, database }: AppOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(requestLogging(logger)),
        RedisModule.forRoot(redis),
        DatabaseModule.forRoot(database),
        HttpModule.forRoot({ secret: settings.appSecret ?? developmentSecret(settings.dataFolder) }),
        HealthModule.forRoot({
          production: settings.production,
          managementHost: settings.host,
          ...(settings.managementPort !== undefined && { managementPort: settings.managementPort }),
          ...(settings.managementToken !== undefined && { managementToken: settings.managementToken }),
        }),
        AuthModule,
        CharacterModule,
      ],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useExisting: AccessTokenGuard },
        { provide: APP_GUARD, useExisting: SessionGuard },
        { provide: SHUTDOWN_DELAY_MS, useValue: settings.shutdownDelayMs },
        GracefulShutdown,
        HealthChecks,
      ],
    };
  }
}
