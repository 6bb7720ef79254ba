import { Candidates } from '../testing/election/candidates';
import { wrongsOf } from '../testing/election/check-terms';

let candidates: Candidates;
afterEach(() => candidates?.stop());

it('leaders are killed, frozen and cut off in turn: never two at once, and terms only grow', async () => {
  candidates = await Candidates.start(4);
  await candidates.stand();
  for (const fault of ['freeze', 'cut', 'kill'] as const) {
    const leader = await candidates.leaderOf(candidates.all);
    const others = candidates.all.filter((one) => one !== leader);
    if (fault === 'kill') await leader.process.kill();
    if (fault === 'freeze') process.kill(leader.process.pid, 'SIGSTOP');
    if (fault === 'cut') await leader.proxy.refuse().then(() => leader.proxy.reset());
    await candidates.leaderOf(others);
    if (fault === 'freeze') process.kill(leader.process.pid, 'SIGCONT');
    if (fault === 'cut') await leader.proxy.heal();
  }
  const entries = candidates.entries();
  expect(wrongsOf(entries)).toEqual([]);
  expect(entries.filter(({ what }) => what === 'started').length).toBeGreaterThanOrEqual(4);
});
