import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import { call } from './support/api-client';
import { asRequest, matches, readmeWalk } from './support/readme-walk';
import { serveApi } from './support/served-api';

it('the walk of the README, with the answers it shows', async () => {
  const [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  const prefix = `readme-${process.pid}-${Date.now()}:`;
  const api = await serveApi({
    REDIS_URL: redis.url,
    DATABASE_URL: database.url,
    REDIS_KEY_PREFIX: prefix,
    NODE_ENV: 'development',
  });
  try {
    const variables = new Map<string, string>();
    let previous: Record<string, unknown> = {};
    const steps = readmeWalk();
    expect(steps.length).toBeGreaterThan(6);
    for (const step of steps) {
      if (step.kind === 'variable') {
        variables.set(step.name, String(previous[step.field]));
        continue;
      }
      const { path, method, headers, body } = asRequest(step.words, variables);
      const answer = await call(api.url, method, path, { headers, ...(body !== undefined && { body }) });
      const json = step.answer.find((line) => line.startsWith('{')) ?? 'null';
      if (!matches(JSON.parse(json), answer.body)) {
        throw new Error(
          `the README shows\n${json}\nfor ${step.words.join(' ')}, but the answer is\n${JSON.stringify(answer.body)}`,
        );
      }
      for (const line of step.answer.filter((text) => !text.startsWith('{'))) {
        const [name = '', value] = line.split(/: (.*)/s);
        expect(answer.headers.get(name)).toBe(value);
      }
      previous = answer.body;
    }
    const key = `${prefix}cache:character:${variables.get('ID')}`;
    expect(await redis.cli('EXISTS', key)).toBe('1');
  } finally {
    await api.stop();
    await Promise.all([redis.stop(), database.stop()]);
  }
});
