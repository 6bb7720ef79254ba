import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { number, table } from '../lib/markdown.mjs';
import { workspace } from '../lib/paths.mjs';
import { say } from '../lib/say.mjs';

const MOST_MS = 5;
const run = promisify(execFile);

/** @type {import('../lib/run-suite.mjs').Suite} */
export const suite = {
  name: 'coherence',
  title: 'From a change in one process to the eviction in another',
  async measure({ quick }) {
    const changes = quick ? 400 : 4_000;
    say(`two processes, ${changes} changes one after the other …`);
    const results = await measureEvictions(changes);
    const rows = Object.entries(results).map(([how, { changes, p50, p99, max }]) => [
      how,
      changes,
      ...[p50, p99, max].map(number),
    ]);
    const { p99 } = results.all;
    return {
      versions: {},
      sections: [
        'From the call of `set` or `delete` to the moment at which the near cache of the other process has let go of the value; milliseconds on the clock that both share.',
        table(['changed by', 'changes', 'median', '99th percentile', 'longest'], rows),
      ],
      targets: [
        { title: '99th percentile, ms', bound: `below ${MOST_MS}`, value: p99, reached: p99 < MOST_MS },
      ],
      results,
    };
  },
};

/** The tests of the library know how to start such processes; they run from source. */
async function measureEvictions(changes) {
  const library = join(workspace, 'libs', 'data-access-redis');
  const script = join(library, 'src', 'testing', 'fleet', 'measure-eviction.ts');
  const words = ['--conditions=@sluice/source', '--require=@swc-node/register', script, String(changes)];
  const { stdout } = await run(process.execPath, words, {
    cwd: library,
    env: { ...process.env, SWC_NODE_PROJECT: join(workspace, 'tsconfig.base.json') },
    timeout: 5 * 60_000,
  });
  return JSON.parse(stdout);
}
