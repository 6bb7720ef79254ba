import { clientNetwork, currentUser, type HttpRequest } from '@sluice/util-http';
import type { Trackers } from '../limiter/trackers';
import type { TrackedBy } from '../policy/rate-policy.options';
import type { EmailTracker } from './email-tracker';

/** Whom one request is counted for; each is worked out when it is asked for, and once. */
export class RequestTrackers implements Trackers {
  private network: string | undefined;
  private email: string | undefined;

  constructor(
    private readonly request: HttpRequest,
    private readonly emails: EmailTracker,
  ) {}

  of(by: TrackedBy): string | undefined {
    if (by === 'email') return this.byEmail();
    const user = by === 'user' ? currentUser(this.request) : undefined;
    if (user) return `user:${user.id}`;
    this.network ??= `ip:${clientNetwork(this.request)}`;
    return this.network;
  }

  private byEmail(): string | undefined {
    if (this.email === undefined) {
      const hash = this.emails.of(this.request);
      this.email = hash === undefined ? '' : `email:${hash}`;
    }
    return this.email || undefined;
  }
}
