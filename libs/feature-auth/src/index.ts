export { AuthModule } from './lib/auth.module';
export { AccessTokenGuard } from './lib/tokens/access-token.guard';
export { SessionGuard } from './lib/sessions/session.guard';
export { AuthCacheService } from './lib/sessions/auth-cache.service';
