import { wrongsOf } from '../testing/election/check-terms';
import type { ElectionMutant } from '../testing/election/election-mutants';
import { tryElection } from '../testing/election/election-trials';
import type { ElectionTrial } from '../testing/election/election-trials';

const FOUND_OUT_BY: Record<ElectionMutant, ElectionTrial> = {
  'no renew deadline': 'the leader is cut off',
  'a release before the work has ended': 'the leader leaves',
  'one term for all': 'the leader is killed',
  'an isLeader that remembers': 'the leader is frozen and wakes',
};

it.each(Object.entries(FOUND_OUT_BY) as [ElectionMutant, ElectionTrial][])(
  'finds out an election with %s, when %s',
  async (mutant, trial) => {
    const wrongs = await tryElection(trial, mutant, (candidates) => wrongsOf(candidates.entries()));
    process.stdout.write(`${mutant}: found out ${wrongs.length} times, ${wrongs[0]}\n`);
    expect(wrongs).not.toEqual([]);
  },
);
