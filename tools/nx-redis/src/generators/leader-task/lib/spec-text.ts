import { redisOfSpec } from '../../library/redis-of-spec';
import type { LeaderTask } from '../options';

/** The source of its spec, on a real Redis. */
export function specText({ name, fileName, className, hasServers }: LeaderTask): string {
  const redis = redisOfSpec(hasServers);
  return `import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { RedisLeaderElectionService, RedisModule } from '@sluice/data-access-redis';
import { LeaderScheduleModule } from '@sluice/data-access-redis/schedule';
${redis.imports}import { ${className} } from './${fileName}';

describe('${className} on a real Redis', () => {
${redis.declaration}  let app: TestingModule;

  beforeAll(async () => {
${redis.start}    app = await Test.createTestingModule({
      imports: [
        RedisModule.forRoot({ url: ${redis.url}, keyPrefix: \`test-\${randomUUID()}:\` }),
        LeaderScheduleModule.forRoot(),
      ],
      providers: [${className}],
    }).compile();
    app.useLogger(false);
    await app.init();
  });

  afterAll(async () => {
    await app?.close();
${redis.stop}  });

  it('is a task of the leader', () => {
    const names = app.get(RedisLeaderElectionService).elections.map((election) => election.name);
    expect(names).toContain('cron:${name}');
  });

  it('runs', async () => {
    await app.get(${className}).run(new AbortController().signal);
  });

  it('ends at once when it is told to stop', async () => {
    await app.get(${className}).run(AbortSignal.abort());
  });
});
`;
}
