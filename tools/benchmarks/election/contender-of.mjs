import { setTimeout as pause } from 'node:timers/promises';
import { Candidacy } from './candidacy.mjs';

/**
 * What can be asked of a contender's process.
 *
 * @param {import('./contender.mjs').Handle} handle
 */
export function contenderOf(handle) {
  /** @type {Map<string, Candidacy>} */
  const candidacies = new Map();

  async function join(name) {
    await candidacies.get(name)?.left;
    const candidacy = new Candidacy();
    candidacies.set(name, candidacy);
    await candidacy.join(handle, name);
  }

  return {
    /** One after the other over `spread` ms, so that renewals and tries are due at different moments. */
    async join({ names, spread }) {
      for (const name of names) {
        await join(name);
        await pause(spread / names.length);
      }
    },
    /** When each began to lead, once they all do. */
    leading: ({ names }) => Promise.all(names.map((name) => candidacies.get(name).leading)),
    /** When it was asked to leave. */
    leave: ({ name }) => candidacies.get(name).leave(),
    losses: () => Object.fromEntries([...candidacies].map(([name, candidacy]) => [name, candidacy.loss])),
    close: () => handle.close(),
  };
}
