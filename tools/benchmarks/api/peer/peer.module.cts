import { createSecretKey, type KeyObject } from 'node:crypto';
import KeyvRedis from '@keyv/redis';
import { CacheableMemory } from '@cacheable/memory';
import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { DatabaseModule } from '@sluice/data-access-database';
import { ImageLinks } from '@sluice/util-images';
import { Keyv } from 'keyv';
import { AuthGuard } from './auth.guard.cts';
import { PeerController } from './peer.controller.cts';

const { REDIS_URL = '', APP_SECRET = '', STORES, SECRET_AS } = process.env;

/** The keys of the API: a token of one is good for the other. */
async function secrets() {
  const { AppSecrets } = await import('@sluice/util-http');
  return new AppSecrets(APP_SECRET);
}

/** As documentation has it, `jsonwebtoken` tries with each token whether the secret is a public key; not with a key. */
function asSecret(bytes: Buffer): Buffer | KeyObject {
  return SECRET_AS === 'key' ? createSecretKey(bytes) : bytes;
}

/** As https://docs.nestjs.com/techniques/caching has it, with the store in memory before it or without. */
function stores(): (Keyv | KeyvRedis<unknown>)[] {
  const redis = new KeyvRedis(REDIS_URL);
  if (STORES !== 'memory and Redis') return [redis];
  return [new Keyv({ store: new CacheableMemory({ ttl: 60_000, lruSize: 5_000 }) }), redis];
}

@Module({
  imports: [
    CacheModule.registerAsync({ useFactory: () => ({ stores: stores() }) }),
    JwtModule.registerAsync({
      useFactory: async () => ({
        secret: asSecret((await secrets()).derive('access-token')),
        verifyOptions: { algorithms: ['HS256'], issuer: 'sluice', audience: 'sluice-api' },
      }),
    }),
    DatabaseModule.forRoot(),
  ],
  controllers: [PeerController],
  providers: [
    { provide: ImageLinks, useFactory: async () => new ImageLinks(await secrets()) },
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
})
export class PeerModule {}
