import { z } from 'zod';

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
}

/** Thrown at start when variables are missing or wrong; names each and shows no value. */
export class EnvironmentError extends Error {
  constructor(problems: readonly string[]) {
    super(`The environment is not complete:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'EnvironmentError';
  }
}

const wholeNumber = (most: number) => {
  const message = `must be a whole number, 0 to ${most}`;
  return z.coerce.number(message).int(message).min(0, message).max(most, message);
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
  };
}
