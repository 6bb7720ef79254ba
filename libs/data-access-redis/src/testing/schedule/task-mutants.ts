import { SlotClaims } from '../../schedule/slot-claims';

/** Tasks that lack what keeps a moment from being run twice; only the main of a test's child process can ask for one. */
export const TASK_MUTANTS = {
  'no claim of moments': () => {
    SlotClaims.prototype.claim = () => Promise.resolve('claimed');
  },
} as const satisfies Record<string, () => void>;

export type TaskMutant = keyof typeof TASK_MUTANTS;
