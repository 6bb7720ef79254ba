import { measure } from './measure.mjs';

/**
 * What a child process runs: one contender, asked from outside.
 *
 * @typedef {object} Contender
 * @property {(what: object) => Promise<import('./measure.mjs').Operation>} prepare what `measure` runs from now on
 * @property {() => Promise<void>} close
 * Any further method can be called by its name.
 */

/** @param {() => Promise<Contender>} open */
export function serveContender(open) {
  const contender = open();
  contender.catch(() => undefined);
  let operation;

  async function answer(method, argument) {
    const opened = await contender;
    if (method === 'prepare') {
      operation = await opened.prepare(argument);
      return null;
    }
    if (method === 'measure') return measure(operation, argument);
    return (await opened[method](argument)) ?? null;
  }

  process.on('message', ({ call, method, argument }) => {
    answer(method, argument)
      .then(
        (value) => ({ call, value }),
        (error) => ({ call, error: error instanceof Error ? error.message : String(error) }),
      )
      .then((reply) => process.connected && process.send(reply))
      .catch(() => process.exit(1));
  });
  process.on('disconnect', () => process.exit(0));
}
