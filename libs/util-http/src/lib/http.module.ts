import { type DynamicModule, Module } from '@nestjs/common';
import { HealthRegistry } from './health/health.registry';
import { CursorCodec } from './pagination/cursor.codec';
import { APP_SECRETS, AppSecrets } from './secrets/app-secrets';

export interface HttpModuleOptions {
  /** The installation's secret, at least 32 characters; every instance must have the same. */
  secret: string;
}

/** What every feature may inject: `APP_SECRETS`, `CursorCodec`, `HealthRegistry`. Global. */
@Module({})
export class HttpModule {
  static forRoot({ secret }: HttpModuleOptions): DynamicModule {
    return {
      module: HttpModule,
      global: true,
      providers: [{ provide: APP_SECRETS, useValue: new AppSecrets(secret) }, CursorCodec, HealthRegistry],
      exports: [APP_SECRETS, CursorCodec, HealthRegistry],
    };
  }
}
