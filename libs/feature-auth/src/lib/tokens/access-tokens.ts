import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { type AuthenticatedUser, uuidSchema } from '@sluice/util-http';
import { z } from 'zod';

/** How long an access token is good, in seconds. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

/** Tokens that are remembered as genuine, some 600 bytes each. */
const MOST_REMEMBERED = 10_000;

const claimsSchema = z.object({ sub: uuidSchema, sid: uuidSchema, exp: z.number() });

/** Signs and checks access tokens. Key, algorithm, issuer and audience are set where the module is put together. */
@Injectable()
export class AccessTokens {
  /** What is genuine stays so until it expires: a token is checked once, and comes with each of a user's requests. */
  private readonly genuine = new Map<string, { user: AuthenticatedUser; expiresAt: number }>();

  constructor(private readonly jwt: JwtService) {}

  sign(user: AuthenticatedUser): Promise<string> {
    return this.jwt.signAsync({ sub: user.id, sid: user.sessionId });
  }

  /** Who the token speaks for; undefined when it is malformed, expired, or not signed by us for this purpose. */
  async verify(token: string): Promise<AuthenticatedUser | undefined> {
    const known = this.genuine.get(token);
    if (known && known.expiresAt > Date.now()) return known.user;
    try {
      const claims = claimsSchema.parse(await this.jwt.verifyAsync(token));
      const user = { id: claims.sub, sessionId: claims.sid };
      this.remember(token, user, claims.exp * 1_000);
      return user;
    } catch {
      this.genuine.delete(token);
      return undefined;
    }
  }

  private remember(token: string, user: AuthenticatedUser, expiresAt: number): void {
    if (this.genuine.size >= MOST_REMEMBERED) this.genuine.clear();
    this.genuine.set(token, { user, expiresAt });
  }
}
