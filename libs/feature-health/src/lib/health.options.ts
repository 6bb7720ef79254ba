/** Injection token of `HealthModuleOptions`. */
export const HEALTH_OPTIONS = Symbol('HEALTH_OPTIONS');

export interface HealthModuleOptions {
  /** True: metrics and the detail of readiness are for the management port or the token only. */
  production: boolean;
  /** Bearer token that opens metrics and detail on the main port in production. Default: none, they stay shut. */
  managementToken?: string;
  /** A second port that serves health and metrics without a token. Keep it off the internet. Default: none. */
  managementPort?: number;
  /** Address of the second port. Default 0.0.0.0. */
  managementHost?: string;
  /** For a whole request to arrive at the second port, in ms; who takes longer is hung up on within a second. Default 5,000. */
  managementRequestTimeoutMs?: number;
}
