import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { APP_SECRETS, type AppSecrets, type HttpRequest } from '@sluice/util-http';

const LONGEST_EMAIL = 254;

/**
 * The e-mail address that a request is about, as its owner signs in with it: without blanks around it, in lower case.
 * Only a keyed hash of it leaves the process, since addresses can be guessed.
 */
@Injectable()
export class EmailTracker {
  private readonly key: Buffer;

  constructor(@Inject(APP_SECRETS) secrets: AppSecrets) {
    this.key = secrets.derive('throttle-email');
  }

  /** Undefined when there is none, or none that could be anybody's. */
  of({ body }: HttpRequest): string | undefined {
    const email = (body as { email?: unknown } | null | undefined)?.email;
    if (typeof email !== 'string' || email.length > LONGEST_EMAIL) return undefined;
    const normal = email.trim().toLowerCase();
    if (normal === '') return undefined;
    return createHmac('sha256', this.key).update(normal).digest('base64url').slice(0, 22);
  }
}
