import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { startFaultProxy, startRedis } from '@sluice/testing-servers';
import type { FaultProxy, RedisProcess } from '@sluice/testing-servers';
import { RedisLeaderElectionService } from '../index';
import { gate } from '../testing/proxied-app';
import { until } from '../testing/redis-test-app';
import { closeScheduleApps, outcomes, scheduleApp, TASK } from '../testing/schedule/schedule-app';
import type { ScheduleTestApp } from '../testing/schedule/schedule-app';
import { watchTimers } from '../testing/watch-timers';
import { LeaderCron } from './index';

const EVERY_SECOND = '* * * * * *';
const WITHIN_MS = 30_000;

let server: RedisProcess;
let prefix: string;
beforeAll(async () => {
  server = await startRedis();
});
beforeEach(async () => {
  prefix = `test-${randomUUID()}:`;
  // As if they had run before: the first moments of a task of which nothing is known are left out.
  for (const name of ['tick', 'slow', 'broken']) {
    await server.cli('SET', `${prefix}leader:{cron:${name}}:slot`, '0 0', 'PX', '60000');
  }
});
afterEach(async () => {
  jest.restoreAllMocks();
  server.thaw();
  await closeScheduleApps();
});
afterAll(() => server.stop());

interface Run {
  readonly moment: number;
  readonly term: number;
  readonly signal: AbortSignal;
  /** `Date.now()` */
  readonly at: number;
}

/** The runs of one process. Each process is given a class of its own, for they share this one. */
interface Ticking {
  readonly runs: Run[];
}

function ticking(work: (run: Run) => unknown = () => undefined, name = 'tick'): Type<Ticking> {
  @Injectable()
  class Ticker implements Ticking {
    readonly runs: Run[] = [];

    @LeaderCron(name, EVERY_SECOND, TASK)
    async tick(signal: AbortSignal, term: number, moment: Date): Promise<void> {
      const run = { moment: moment.getTime(), term, signal, at: Date.now() };
      this.runs.push(run);
      await work(run);
    }
  }
  return Ticker;
}

async function start(type: Type<Ticking>, url = server.url): Promise<ScheduleTestApp & { runs: Run[] }> {
  const app = await scheduleApp(url, prefix, { providers: [type] });
  return { ...app, runs: app.module.get<Ticking>(type).runs };
}

const elections = (app: ScheduleTestApp) => app.module.get(RedisLeaderElectionService);
const leads = (app: ScheduleTestApp) => elections(app).check().leading.length > 0;
const ran = (what: { runs: Run[] }, times: number) =>
  until(`ran ${times} times`, () => what.runs.length >= times, WITHIN_MS);
const moments = (...apps: { runs: Run[] }[]) =>
  apps.flatMap(({ runs }) => runs.map(({ moment }) => moment)).sort((a, b) => a - b);

function eachOnce(...apps: { runs: Run[] }[]): void {
  const all = moments(...apps);
  expect(all).toEqual([...new Set(all)]);
}

describe('a task of the leader', () => {
  it('runs in one process, once for each moment, with a term and a signal', async () => {
    const here = await start(ticking());
    await until('leads', () => leads(here));
    const there = await start(ticking());
    await ran(here, 4);
    const [first = 0, ...others] = moments(here);
    expect(others.slice(0, 3)).toEqual([first + 1_000, first + 2_000, first + 3_000]);
    expect(there.runs).toEqual([]);
    const { term, signal, moment, at } = here.runs[0] as Run;
    expect(term).toBe(elections(here).elections[0]?.term);
    expect(signal.aborted).toBe(false);
    expect(moment % 1_000).toBe(0);
    expect(at).toBeGreaterThanOrEqual(moment);
    expect(await outcomes('tick', 'done')).toBeGreaterThanOrEqual(3);
  });

  it('goes on in another process when its own is shut down, after its work has ended', async () => {
    let ended = 0;
    const here = await start(
      ticking(async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        await new Promise((resolve) => setTimeout(resolve, 300));
        ended = Date.now();
      }),
    );
    await ran(here, 1);
    const there = await start(ticking());
    await here.close();
    expect(ended).toBeGreaterThan(0);
    expect(here.runs[0]?.signal.aborted).toBe(true);
    await ran(there, 2);
    expect(there.runs[0]?.at).toBeGreaterThan(ended);
    expect(there.runs[0]?.term).toBeGreaterThan(here.runs[0]?.term as number);
    eachOnce(here, there);
  });

  it('does not hold up the shutdown for longer than its lease', async () => {
    const here = await start(ticking(() => new Promise(() => undefined)));
    await ran(here, 1);
    const closing = performance.now();
    await here.close();
    expect(performance.now() - closing).toBeLessThan((TASK.leaseDuration as number) + 2_000);
    expect(here.runs).toHaveLength(1);
  });

  it('skips the moments that come while it still runs, and says so', async () => {
    const held = gate<void>();
    const here = await start(ticking(() => held.promise, 'slow'));
    await ran(here, 1);
    const stillOn = /^warn: skipped \S+Z: the run before it still goes on$/;
    const skipped = await outcomes('slow', 'skipped');
    await until(
      'two are skipped',
      () => here.logged.filter((line) => stillOn.test(line)).length >= 2,
      WITHIN_MS,
    );
    expect(here.runs).toHaveLength(1);
    expect((await outcomes('slow', 'skipped')) - skipped).toBeGreaterThanOrEqual(2);
    held.open();
    await ran(here, 2);
  });

  it('survives its errors, counts them, and tells their name alone', async () => {
    const here = await start(
      ticking(() => {
        throw new TypeError('a secret');
      }, 'broken'),
    );
    await ran(here, 3);
    expect(await outcomes('broken', 'failed')).toBeGreaterThanOrEqual(2);
    expect(await outcomes('broken', 'done')).toBe(0);
    expect(here.logged).toContain('error: failed: TypeError');
    expect(here.logged.join()).not.toContain('a secret');
  });

  it('does nothing while Redis is frozen, and goes on when it is back', async () => {
    const here = await start(ticking());
    const there = await start(ticking());
    await until('has run', () => here.runs.length + there.runs.length >= 2, WITHIN_MS);
    server.freeze();
    const frozenAt = Date.now();
    await until('nobody leads', () => !leads(here) && !leads(there), WITHIN_MS);
    await until('moments went by', () => Date.now() > frozenAt + 3_500);
    const before = moments(here, there).length;
    const thawedAt = Date.now();
    server.thaw();
    await until('runs again', () => moments(here, there).length >= before + 2, WITHIN_MS);
    eachOnce(here, there);
    // Claims that were sent to the frozen Redis were granted by it when it was awake again, and yet not run.
    const during = moments(here, there).filter((moment) => moment > frozenAt && moment <= thawedAt);
    expect(during).toEqual([]);
  });

  describe('behind a proxy', () => {
    let proxy: FaultProxy;
    beforeEach(async () => {
      proxy = await startFaultProxy({ port: server.port });
    });
    afterEach(async () => {
      await closeScheduleApps();
      await proxy.close();
    });

    it('does not run when Redis does not say that the moment is its own, although it is', async () => {
      const here = await start(ticking(), proxy.url);
      await ran(here, 1);
      const lost = await proxy.dropNext('toClient', (chunk) =>
        chunk.toString().includes('$7\r\nclaimed\r\n'),
      );
      lost.connection.cut(); // At once: on a link that went on, the next answer would be taken for the lost one.
      const claimed = Number((await server.cli('GET', `${prefix}leader:{cron:tick}:slot`)).split(' ')[1]);
      await until(
        'skipped',
        () => here.logged.some((line) => line.includes('Redis does not say')),
        WITHIN_MS,
      );
      const before = here.runs.length;
      await ran(here, before + 1);
      expect(moments(here)).not.toContain(claimed);
      eachOnce(here);
    });

    it('does not run when its leadership was over before it was told that the moment is its own', async () => {
      const here = await start(ticking(), proxy.url);
      await ran(here, 1);
      const [election] = elections(here).elections;
      let left: Promise<void> | undefined;
      // It leaves when the answer has come as far as the proxy, which lets it go on.
      const leaveAt = (answer: string) => {
        if (answer.includes('$7\r\nclaimed\r\n')) left ??= election?.leave();
        return false;
      };
      proxy.dropNext('toClient', (chunk) => leaveAt(chunk.toString()), WITHIN_MS).catch(() => undefined);
      await until('it leaves', () => left !== undefined, WITHIN_MS);
      await left;
      expect(here.logged.filter((line) => line.includes('leads no longer'))).toHaveLength(1);
      const claimed = Number((await server.cli('GET', `${prefix}leader:{cron:tick}:slot`)).split(' ')[1]);
      expect(moments(here)).not.toContain(claimed);
    });
  });

  it('leaves no job, timer or candidacy behind', async () => {
    const here = await start(ticking());
    const timers = watchTimers();
    await ran(here, 1);
    await here.close();
    expect(elections(here).elections).toEqual([]);
    await timers.expectNone();
  });
});

describe('beside ScheduleModule', () => {
  @Injectable()
  class Both {
    everywhere = 0;
    leading = 0;

    @Cron(EVERY_SECOND)
    tick(): void {
      this.everywhere += 1;
    }

    @LeaderCron('tick', EVERY_SECOND, TASK)
    lead(): void {
      this.leading += 1;
    }
  }

  it('each runs its own, and the jobs are in one registry', async () => {
    const { module, close } = await scheduleApp(server.url, prefix, {
      imports: [ScheduleModule.forRoot()],
      providers: [Both],
    });
    const both = module.get(Both);
    const jobs = module.get(SchedulerRegistry).getCronJobs();
    expect([...jobs.keys()]).toContain('cron:tick');
    const job = jobs.get('cron:tick');
    await until('both ran', () => both.everywhere >= 3 && both.leading >= 2, WITHIN_MS);
    expect(both.everywhere).toBeLessThanOrEqual(both.leading + 2);
    await close();
    expect(job?.isActive).toBe(false);
    expect(jobs.size).toBe(0);
  });
});
