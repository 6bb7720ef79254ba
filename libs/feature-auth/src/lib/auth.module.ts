import { createSecretKey } from 'node:crypto';
import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { APP_SECRETS, type AppSecrets } from '@sluice/util-http';
import { AuthService } from './auth.service';
import { AuthController } from './http/auth.controller';
import { PasswordHasher } from './password/password-hasher';
import { AuthCacheService } from './sessions/auth-cache.service';
import { SessionGuard } from './sessions/session.guard';
import { SessionRetention } from './sessions/session-retention';
import { SessionService } from './sessions/session.service';
import { AccessTokenGuard } from './tokens/access-token.guard';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './tokens/access-tokens';
import { RefreshTokens } from './tokens/refresh-tokens';

const ISSUER = 'sluice';
const AUDIENCE = 'sluice-api';

/**
 * Sign-in, sessions, and the two guards. The app puts them in order: `AccessTokenGuard` (who is it), whatever
 * counts requests, `SessionGuard` (is the session still valid).
 */
@Module({
  imports: [
    JwtModule.registerAsync({
      inject: [APP_SECRETS],
      useFactory: (secrets: AppSecrets) => ({
        // As a key: of bytes it would be tried first, with each token, whether they are a public key in PEM.
        secret: createSecretKey(secrets.derive('access-token')),
        signOptions: {
          algorithm: 'HS256',
          expiresIn: ACCESS_TOKEN_SECONDS,
          issuer: ISSUER,
          audience: AUDIENCE,
        },
        verifyOptions: { algorithms: ['HS256'], issuer: ISSUER, audience: AUDIENCE },
      }),
    }),
  ],
  controllers: [AuthController],
  providers: [
    AccessTokenGuard,
    AccessTokens,
    AuthCacheService,
    AuthService,
    PasswordHasher,
    RefreshTokens,
    SessionGuard,
    SessionRetention,
    SessionService,
  ],
  // The guards' own needs too: Nest makes a global guard anew in the module that names it.
  exports: [AccessTokenGuard, AccessTokens, AuthCacheService, SessionGuard],
})
export class AuthModule {}
