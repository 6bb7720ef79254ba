import { z } from 'zod';
import { type BrowserPolicy, corsOrigins } from './browser-policy';
import { trustedProxies } from './trusted-proxies';

/** What the app needs to know besides what the data-access libraries read for themselves. */
export interface Settings {
  production: boolean;
  port: number;
  host: string;
  logLevel: string;
  /** Undefined only outside production: then one is made and kept in the data folder. */
  appSecret: string | undefined;
  dataFolder: string;
  managementPort: number | undefined;
  managementToken: string | undefined;
  /** Between "not ready" and closing the listener, so that a load balancer can look. In ms. */
  shutdownDelayMs: number;
  /** Whose `X-Forwarded-For` is believed: addresses, networks, or their names. */
  trustedProxies: readonly string[];
  browsers: BrowserPolicy;
  rateLimits: RateLimitSettings;
}

export interface RateLimitSettings {
  /** For each user over all routes, for each network when signed out. */
  requestsPerMinute: number;
  /** How many of these at once after a pause. */
  burst: number;
  /** For each network and each e-mail, of sign-in and of registration. */
  signInPerMinute: number;
  /** For each user. */
  imagesPerMinute: number;
  /** Files and event streams of images, for each user, by signed links for each network. */
  linksPerMinute: number;
  /** How many processes share the limits, for when each counts alone. */
  instances: number;
  /** How long a decision waits for Redis. */
  deadlineMs: number;
}

/** Thrown at start when variables are missing or wrong; names each and shows no value. */
export class EnvironmentError extends Error {
  constructor(problems: readonly string[]) {
    super(`The environment is not complete:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'EnvironmentError';
  }
}

const wholeNumber = (most: number, least = 0) => {
  const message = `must be a whole number, ${least} to ${most}`;
  return z.coerce.number(message).int(message).min(least, message).max(most, message);
};

const portSchema = wholeNumber(65_535);

const schema = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: portSchema.default(3000),
  HOST: z.string().default('0.0.0.0'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  APP_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters, such as `openssl rand -base64 48` prints')
    .optional(),
  DATA_DIR: z.string().default('.data'),
  DATABASE_URL: z.string().optional(),
  MANAGEMENT_PORT: portSchema.optional(),
  MANAGEMENT_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  SHUTDOWN_DELAY_MS: wholeNumber(60_000).default(500),
  TRUSTED_PROXIES: z.string().optional().transform(trustedProxies),
  CORS_ORIGINS: z.string().optional().transform(corsOrigins),
  HSTS_SECONDS: wholeNumber(63_072_000).default(31_536_000),
  THROTTLE_REQUESTS_PER_MINUTE: wholeNumber(1_000_000, 1).default(100),
  THROTTLE_BURST: wholeNumber(1_000_000, 1).optional(),
  THROTTLE_SIGN_IN_PER_MINUTE: wholeNumber(1_000, 1).default(10),
  THROTTLE_IMAGES_PER_MINUTE: wholeNumber(1_000, 1).default(20),
  THROTTLE_LINKS_PER_MINUTE: wholeNumber(1_000_000, 1).default(1_000),
  THROTTLE_INSTANCES: wholeNumber(10_000, 1).default(1),
  THROTTLE_DEADLINE_MS: wholeNumber(10_000, 1).default(50),
});

/** Variables without which production must not start. Redis is checked by its owner, who knows the alternatives. */
const REQUIRED_IN_PRODUCTION = {
  APP_SECRET: 'all instances must share it; `openssl rand -base64 48` makes one',
  DATABASE_URL: 'where PostgreSQL is, as a postgres:// URL',
} as const;

/**
 * Reads and checks the environment. An empty variable counts as not set.
 *
 * @throws EnvironmentError naming every wrong or missing variable
 */
export function readEnvironment(environment: NodeJS.ProcessEnv): Settings {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const result = schema.safeParse(set);
  const problems = result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  if (set['NODE_ENV'] === 'production') {
    for (const [name, hint] of Object.entries(REQUIRED_IN_PRODUCTION)) {
      if (set[name] === undefined) problems.push(`${name}: must be set in production (${hint})`);
    }
  }
  if (!result.success || problems.length > 0) throw new EnvironmentError(problems);
  const values = result.data;
  return {
    production: values.NODE_ENV === 'production',
    port: values.PORT,
    host: values.HOST,
    logLevel: values.LOG_LEVEL,
    appSecret: values.APP_SECRET,
    dataFolder: values.DATA_DIR,
    managementPort: values.MANAGEMENT_PORT,
    managementToken: values.MANAGEMENT_TOKEN,
    shutdownDelayMs: values.SHUTDOWN_DELAY_MS,
    trustedProxies: values.TRUSTED_PROXIES,
    browsers: { corsOrigins: values.CORS_ORIGINS, hstsSeconds: values.HSTS_SECONDS },
    rateLimits: {
      requestsPerMinute: values.THROTTLE_REQUESTS_PER_MINUTE,
      burst: values.THROTTLE_BURST ?? values.THROTTLE_REQUESTS_PER_MINUTE,
      signInPerMinute: values.THROTTLE_SIGN_IN_PER_MINUTE,
      imagesPerMinute: values.THROTTLE_IMAGES_PER_MINUTE,
      linksPerMinute: values.THROTTLE_LINKS_PER_MINUTE,
      instances: values.THROTTLE_INSTANCES,
      deadlineMs: values.THROTTLE_DEADLINE_MS,
    },
  };
}
