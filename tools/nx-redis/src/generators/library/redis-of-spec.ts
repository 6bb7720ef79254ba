/** The lines by which a generated spec comes to a real Redis. */
export interface RedisOfSpec {
  imports: string;
  declaration: string;
  /** In `beforeAll`. */
  start: string;
  url: string;
  /** In `afterAll`. */
  stop: string;
}

const OF_THE_WORKSPACE: RedisOfSpec = {
  imports: `import { type ProvidedRedis, provideRedis } from '@sluice/testing-servers';\n`,
  declaration: '  let server: ProvidedRedis;\n',
  start: '    server = await provideRedis();\n',
  url: 'server.url',
  stop: '    await server?.stop();\n',
};

const OF_THE_ENVIRONMENT: RedisOfSpec = {
  imports: '',
  declaration: '',
  start: '',
  url: `process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'`,
  stop: '',
};

/** @param hasServers whether the workspace has @sluice/testing-servers; else the server is that of REDIS_URL */
export function redisOfSpec(hasServers: boolean): RedisOfSpec {
  return hasServers ? OF_THE_WORKSPACE : OF_THE_ENVIRONMENT;
}
