import { EnvironmentError, readEnvironment } from './environment';

const PRODUCTION = {
  NODE_ENV: 'production',
  APP_SECRET: 'x'.repeat(32),
  DATABASE_URL: 'postgres://u:secret@h/d',
};

function problemOf(environment: NodeJS.ProcessEnv): string {
  try {
    readEnvironment(environment);
    return '';
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
}

describe('readEnvironment', () => {
  it('needs nothing in development', () => {
    expect(readEnvironment({ PORT: '', APP_SECRET: ' ' })).toMatchObject({
      production: false,
      port: 3000,
      host: '0.0.0.0',
      appSecret: undefined,
      trustedProxies: [],
      browsers: { corsOrigins: [], hstsSeconds: 31_536_000 },
      rateLimits: {
        requestsPerMinute: 100,
        burst: 100,
        signInPerMinute: 10,
        imagesPerMinute: 20,
        linksPerMinute: 1_000,
        instances: 1,
        deadlineMs: 50,
      },
    });
  });

  it.each<[string, NodeJS.ProcessEnv, string[]]>([
    [
      'everything production must have',
      { NODE_ENV: 'production', DATABASE_URL: '' },
      ['APP_SECRET', 'DATABASE_URL'],
    ],
    ['a secret that is too short', { ...PRODUCTION, APP_SECRET: 'secret' }, ['APP_SECRET']],
    ['ports that are none', { PORT: 'tcp://secret', MANAGEMENT_PORT: '70000' }, ['PORT', 'MANAGEMENT_PORT']],
    ['a level that is none', { LOG_LEVEL: 'secret' }, ['LOG_LEVEL']],
    [
      'limits that are none',
      {
        THROTTLE_REQUESTS_PER_MINUTE: '0',
        THROTTLE_SIGN_IN_PER_MINUTE: '1001',
        THROTTLE_INSTANCES: 'secret',
      },
      ['THROTTLE_REQUESTS_PER_MINUTE', 'THROTTLE_SIGN_IN_PER_MINUTE', 'THROTTLE_INSTANCES'],
    ],
    ['times that are none', { HSTS_SECONDS: 'secret' }, ['HSTS_SECONDS']],
    ['a short management token', { MANAGEMENT_TOKEN: 'secret' }, ['MANAGEMENT_TOKEN']],
  ])('names %s, and shows no value', (_what, environment, names) => {
    const message = problemOf(environment);
    for (const name of names) expect(message).toContain(`- ${name}: `);
    expect(message.match(/ {2}- /g)).toHaveLength(names.length);
    expect(message).not.toContain('secret');
  });

  it('says what a number must be', () => {
    expect(problemOf({ PORT: 'x', SHUTDOWN_DELAY_MS: '1.5' })).toBe(
      'The environment is not complete:\n' +
        '  - PORT: must be a whole number, 0 to 65535\n' +
        '  - SHUTDOWN_DELAY_MS: must be a whole number, 0 to 60000',
    );
  });

  it('takes the burst for the rate unless told otherwise', () => {
    const { rateLimits } = readEnvironment({ THROTTLE_REQUESTS_PER_MINUTE: '600' });
    expect(rateLimits).toMatchObject({ requestsPerMinute: 600, burst: 600 });
    expect(readEnvironment({ THROTTLE_BURST: '5' }).rateLimits).toMatchObject({
      requestsPerMinute: 100,
      burst: 5,
    });
  });

  it.each([
    ['10.0.0.7', ['10.0.0.7']],
    [' 10.0.0.0/8 , fd00::/8,loopback,', ['10.0.0.0/8', 'fd00::/8', 'loopback']],
  ])('reads the trusted proxies %j', (text, proxies) => {
    expect(readEnvironment({ TRUSTED_PROXIES: text }).trustedProxies).toEqual(proxies);
  });

  it.each([
    'true',
    '*',
    '1',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0',
    'proxy.secret.example',
  ])('trusts no %j', (text) => {
    const message = problemOf({ TRUSTED_PROXIES: text });
    expect(message).toContain('- TRUSTED_PROXIES: must be addresses');
    expect(message).not.toContain('secret');
  });

  it.each([
    ['https://app.example.com', ['https://app.example.com']],
    [
      ' https://app.example.com ,http://localhost:5173,',
      ['https://app.example.com', 'http://localhost:5173'],
    ],
  ])('reads the origins %j', (text, origins) => {
    expect(readEnvironment({ CORS_ORIGINS: text }).browsers.corsOrigins).toEqual(origins);
  });

  it.each([
    '*',
    'null',
    'true',
    'app.secret.example',
    'https://app.secret.example/',
    'https://app.secret.example/path',
    'https://*.secret.example',
    'https://u:secret@app.example.com',
    'https://App.secret.example',
    'https://app.secret.example:443',
    'ftp://app.secret.example',
    'https://app.example.com; https://secret.example',
    '/.*secret/',
  ])('opens to no origin %j', (text) => {
    const message = problemOf({ CORS_ORIGINS: text });
    expect(message).toContain('- CORS_ORIGINS: must be origins');
    expect(message).not.toContain('secret');
  });

  it('accepts a complete production', () => expect(problemOf(PRODUCTION)).toBe(''));
});
