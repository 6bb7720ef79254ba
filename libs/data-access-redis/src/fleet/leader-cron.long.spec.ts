import { until } from '../testing/redis-test-app';
import { doubleRunsOf } from '../testing/schedule/run-log';
import { TaskFleet, WITHIN_MS } from '../testing/schedule/task-fleet';

let fleet: TaskFleet;
afterEach(() => fleet?.stop());

it('runs each moment once at most while leaders are killed, frozen, cut off, and Redis freezes and restarts', async () => {
  fleet = await TaskFleet.start();
  const clocks = [0, 300, -400, 0];
  await Promise.all(clocks.map((ahead) => fleet.add(ahead)));
  const dead = new Set<number>();
  const living = () => fleet.all.filter(({ process: { pid } }) => !dead.has(pid));
  for (const fault of ['kill in the middle', 'freeze', 'cut off', 'freeze Redis', 'restart Redis'] as const) {
    const leader = await fleet.leaderOf(living());
    await fleet.runsMore(2, leader);
    const others = living().filter((one) => one !== leader);
    switch (fault) {
      case 'kill in the middle':
        await fleet.runsMore(1, leader);
        dead.add(leader.process.pid);
        await leader.process.kill();
        expect(fleet.entries().at(-1)).toMatchObject({ what: 'began', pid: leader.process.pid });
        await fleet.leaderOf(others);
        break;
      case 'freeze':
        process.kill(leader.process.pid, 'SIGSTOP');
        await fleet.leaderOf(others);
        await fleet.runsMore(1);
        process.kill(leader.process.pid, 'SIGCONT');
        break;
      case 'cut off':
        leader.proxy.hold();
        await fleet.leaderOf(others);
        await fleet.runsMore(1);
        leader.proxy.release();
        break;
      case 'freeze Redis':
        fleet.redis.freeze();
        await until(
          'nobody leads',
          async () => !(await Promise.all(living().map((one) => fleet.leads(one)))).includes(true),
          WITHIN_MS,
        );
        fleet.redis.thaw();
        break;
      case 'restart Redis':
        await fleet.redis.restart();
        break;
    }
    await fleet.runsMore(2);
  }
  expect(doubleRunsOf(fleet.entries())).toEqual([]);
  expect(new Set(fleet.entries().map(({ term }) => term)).size).toBeGreaterThanOrEqual(5);
}, 300_000);
