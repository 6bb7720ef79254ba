import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { DatabaseModule, type DatabaseModuleOptions } from '@sluice/data-access-database';
import { RedisModule, type RedisModuleOptions } from '@sluice/data-access-redis';
import { LeaderScheduleModule } from '@sluice/data-access-redis/schedule';
import { AccessTokenGuard, AuthModule, SessionGuard } from '@sluice/feature-auth';
import { CharacterModule } from '@sluice/feature-character';
import { HealthModule } from '@sluice/feature-health';
import { ImageModule, type ImageModuleOptions } from '@sluice/feature-image';
import { ImageGalleryModule } from '@sluice/feature-image-gallery';
import { RateLimitGuard, ThrottlerModule } from '@sluice/feature-throttler';
import { HttpModule, ProblemFilter } from '@sluice/util-http';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { developmentSecret } from './development-secret';
import type { Settings } from './environment';
import { GracefulShutdown, SHUTDOWN_DELAY_MS } from './graceful-shutdown';
import { HealthChecks } from './health-checks';
import type { HttpBounds } from './http-bounds';
import { requestLogging } from './logging';
import { rateLimits } from './rate-limits';

export interface AppOptions {
  settings: Settings;
  logger: Logger;
  /** Default: from the environment. */
  redis?: RedisModuleOptions;
  /** Default: from the environment. */
  database?: DatabaseModuleOptions;
  /** Default: from the environment. */
  images?: ImageModuleOptions;
  /** Default: `HTTP_BOUNDS`. */
  bounds?: Partial<HttpBounds>;
}

/** Puts the features together. Guards run in the order written here. */
@Module({})
export class AppModule {
  static forRoot({ settings, logger, redis, database, images }: AppOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(requestLogging(logger)),
        RedisModule.forRoot(redis),
        LeaderScheduleModule.forRoot(),
        DatabaseModule.forRoot(database),
        HttpModule.forRoot({ secret: settings.appSecret ?? developmentSecret(settings.dataFolder) }),
        HealthModule.forRoot({
          production: settings.production,
          managementHost: settings.host,
          ...(settings.managementPort !== undefined && { managementPort: settings.managementPort }),
          ...(settings.managementToken !== undefined && { managementToken: settings.managementToken }),
        }),
        ThrottlerModule.forRoot(rateLimits(settings.rateLimits)),
        AuthModule,
        CharacterModule,
        ImageModule.forRoot(images),
        ImageGalleryModule,
      ],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        // Who is it, does he keep to his limits, is the session still valid.
        { provide: APP_GUARD, useExisting: AccessTokenGuard },
        { provide: APP_GUARD, useExisting: RateLimitGuard },
        { provide: APP_GUARD, useExisting: SessionGuard },
        { provide: SHUTDOWN_DELAY_MS, useValue: settings.shutdownDelayMs },
        GracefulShutdown,
        HealthChecks,
      ],
    };
  }
}
