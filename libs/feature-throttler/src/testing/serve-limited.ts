import { randomUUID } from 'node:crypto';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  Injectable,
  Post,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { RedisModule } from '@sluice/data-access-redis';
import {
  type HttpRequest,
  HttpModule,
  ProblemFilter,
  RateLimit,
  setCurrentUser,
  Unlimited,
} from '@sluice/util-http';
import {
  RateLimitGuard,
  type RatePolicyOptions,
  ThrottlerModule,
  type ThrottlerModuleOptions,
} from '../index';
import { UNHURRIED_MS } from './throttler-app';

/** Takes who asks from a header, in place of a token. */
@Injectable()
class UserOfHeaderGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const id = request.headers['x-user'];
    if (typeof id === 'string') setCurrentUser(request, { id, sessionId: 's' });
    return true;
  }
}

@Controller()
class RoutesController {
  @Get('plain')
  plain(): string {
    return 'ok';
  }

  @Get('other')
  other(): string {
    return 'ok';
  }

  @Post('login')
  @HttpCode(200)
  @RateLimit({ policies: ['login-ip', 'login-email'] })
  login(): string {
    return 'ok';
  }

  @Get('costly')
  @RateLimit({ cost: 5 })
  costly(): string {
    return 'ok';
  }

  @Get('closed')
  @RateLimit({ onRedisLoss: 'deny' })
  closed(): string {
    return 'ok';
  }

  @Get('probe')
  @Unlimited()
  probe(): string {
    return 'ok';
  }
}

export const POLICIES: RatePolicyOptions[] = [
  { name: 'default', quota: 20, window: 600_000, by: 'user', everywhere: true },
  { name: 'login-ip', quota: 4, window: 60_000, by: 'ip', exact: true, neverOpens: true },
  { name: 'login-email', quota: 3, window: 60_000, by: 'email', exact: true, neverOpens: true },
];

export interface LimitedApp {
  readonly prefix: string;
  call(
    method: 'GET' | 'POST',
    path: string,
    options?: { user?: string; forwardedFor?: string; body?: unknown },
  ): Promise<{ status: number; headers: Headers; text: string; body: Record<string, unknown> }>;
  close(): Promise<void>;
}

/** An app behind trusted proxies, or none. */
export async function serveLimited(
  url: string,
  options: Partial<ThrottlerModuleOptions> & { trustProxy?: string[]; controllers?: Type[] } = {},
): Promise<LimitedApp> {
  const { trustProxy, controllers = [RoutesController], ...throttler } = options;
  const prefix = `test-${randomUUID()}:`;
  const module = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url, keyPrefix: prefix, commandTimeoutMs: UNHURRIED_MS }),
      HttpModule.forRoot({ secret: 's'.repeat(32) }),
      ThrottlerModule.forRoot({ policies: POLICIES, deadlineMs: UNHURRIED_MS, ...throttler }),
    ],
    controllers,
    providers: [
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: APP_GUARD, useClass: UserOfHeaderGuard },
      { provide: APP_GUARD, useExisting: RateLimitGuard },
    ],
  }).compile();
  const adapter = new FastifyAdapter({ trustProxy: trustProxy ?? false });
  const app: NestFastifyApplication = module.createNestApplication(adapter, { logger: false });
  await app.listen(0, '127.0.0.1').catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  const base = await app.getUrl();
  return {
    prefix,
    call: async (method, path, { user, forwardedFor, body } = {}) => {
      const response = await fetch(`${base}/${path}`, {
        method,
        headers: {
          ...(user && { 'x-user': user }),
          ...(forwardedFor && { 'x-forwarded-for': forwardedFor }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      const parsed = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
      return { status: response.status, headers: response.headers, text, body: parsed };
    },
    close: () => app.close(),
  };
}
