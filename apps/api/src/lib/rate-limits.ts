import type { RatePolicyOptions, ThrottlerModuleOptions } from '@sluice/feature-throttler';
import type { RateLimitSettings } from './environment';

const MINUTE_MS = 60_000;

/** The limits of the API. Features ask for them by name. */
export function rateLimits(settings: RateLimitSettings): ThrottlerModuleOptions {
  const {
    requestsPerMinute,
    burst,
    signInPerMinute,
    imagesPerMinute,
    linksPerMinute,
    instances,
    deadlineMs,
  } = settings;
  // To guess a password is what these are against: counted exactly, and never opened.
  const signIn = { quota: signInPerMinute, window: MINUTE_MS, exact: true, neverOpens: true } as const;
  const policies: RatePolicyOptions[] = [
    { name: 'default', quota: requestsPerMinute, burst, window: MINUTE_MS, by: 'user', everywhere: true },
    { name: 'login-ip', by: 'ip', ...signIn },
    { name: 'login-email', by: 'email', ...signIn },
    { name: 'register-ip', by: 'ip', ...signIn },
    { name: 'register-email', by: 'email', ...signIn },
    // Each keeps a graphics card busy: not one too many, wherever a minute begins.
    { name: 'image-creation', quota: imagesPerMinute, window: MINUTE_MS, by: 'user', exact: true },
    // Files and event streams, most by signed links: a page of a gallery asks for a hundred at once.
    { name: 'image-links', quota: linksPerMinute, window: MINUTE_MS, by: 'user' },
  ];
  return { policies, instances, deadlineMs };
}
