import { provideRedis } from '@sluice/testing-servers';
import { register } from 'prom-client';
import { closeRedisApps, redisApp } from '../../testing/redis-test-app';

describe('the durations of commands', () => {
  afterEach(closeRedisApps);

  it('are in what a scrape reads, by command and outcome, in buckets that add up', async () => {
    const server = await provideRedis();
    try {
      const { client } = await redisApp(server.url);
      for (let i = 0; i < 3; i++) await client.timeToLive('job:none');
      const text = await register.metrics();
      const value = (line: string) =>
        Number(
          text
            .split('\n')
            .find((found) => found.startsWith(`redis_client_command_duration_seconds_${line} `))
            ?.split(' ')
            .at(-1),
        );
      const labels = 'command="pttl",outcome="ok"';
      expect(value(`count{${labels}}`)).toBe(3);
      expect(value(`bucket{${labels},le="+Inf"}`)).toBe(3);
      expect(value(`sum{${labels}}`)).toBeGreaterThan(0);
      expect(text).toContain('# TYPE redis_client_command_duration_seconds histogram');
    } finally {
      await closeRedisApps();
      await server.stop();
    }
  });
});
