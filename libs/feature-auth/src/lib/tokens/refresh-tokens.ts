import { createHash, createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { APP_SECRETS, type AppSecrets } from '@sluice/util-http';

/** Opaque refresh tokens: 32 random bytes. Only their SHA-256 is ever stored. */
@Injectable()
export class RefreshTokens {
  private readonly key: Buffer;

  constructor(@Inject(APP_SECRETS) secrets: AppSecrets) {
    this.key = secrets.derive('refresh-token');
  }

  create(): string {
    return randomBytes(32).toString('base64url');
  }

  hash(token: string): string {
    return createHash('sha256').update(token).digest('base64url');
  }

  /** The token that replaces this one: derived, so that asking twice gives the same without storing it. */
  successorOf(token: string): string {
    return createHmac('sha256', this.key).update(token).digest('base64url');
  }
}
