import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { type AuthenticatedUser, uuidSchema } from '@sluice/util-http';
import { z } from 'zod';

/** How long an access token is good, in seconds. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

const claimsSchema = z.object({ sub: uuidSchema, sid: uuidSchema, exp: z.number() });

/** Signs and checks access tokens. Key, algorithm, issuer and audience are set where the module is put together. */
@Injectable()
export class AccessTokens {
  constructor(private readonly jwt: JwtService) {}

  sign(user: AuthenticatedUser): Promise<string> {
    return this.jwt.signAsync({ sub: user.id, sid: user.sessionId });
  }

  /** Who the token speaks for; undefined when it is malformed, expired, or not signed by us for this purpose. */
  async verify(token: string): Promise<AuthenticatedUser | undefined> {
    try {
      const claims = claimsSchema.parse(await this.jwt.verifyAsync(token));
      return { id: claims.sub, sessionId: claims.sid };
    } catch {
      return undefined;
    }
  }
}
