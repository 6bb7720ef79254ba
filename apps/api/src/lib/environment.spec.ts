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

  it('accepts a complete production', () => expect(problemOf(PRODUCTION)).toBe(''));
});
