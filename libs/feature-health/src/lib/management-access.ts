import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { HEALTH_OPTIONS, type HealthModuleOptions } from './health.options';

/** Who may see metrics and the detail of readiness on the main port. */
@Injectable()
export class ManagementAccess {
  constructor(@Inject(HEALTH_OPTIONS) private readonly options: HealthModuleOptions) {}

  /** Whether a token could open it at all. */
  get hasToken(): boolean {
    return this.options.managementToken !== undefined;
  }

  /** @param authorization the header of the request */
  allows(authorization: string | undefined): boolean {
    if (!this.options.production) return true;
    const { managementToken } = this.options;
    const presented = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return managementToken !== undefined && presented !== undefined && sameText(presented, managementToken);
  }
}

/** Compares in constant time; hashed first, since the comparison wants equal lengths. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
