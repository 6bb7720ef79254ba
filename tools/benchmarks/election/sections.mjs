import { number, table } from '../lib/markdown.mjs';
import { PATIENCE_MS, TOLD_HEAD, toldCells } from '../lib/told.mjs';
import { LEASE_MS } from './contender.mjs';
import { modes, titleOf } from './modes.mjs';

/**
 * The report without its head and its targets.
 *
 * @param {object} results of the suite
 * @returns {string[]}
 */
export function sections({ clean, crashed, told, idle }) {
  return [
    `Candidates run in processes of their own, one library after the other, against one Redis. All peers are given the
same connection, \`new Redis(url)\` of ioredis, and all the same lease, ${LEASE_MS / 1000} s.`,
    '## Contenders',
    modes
      .map(({ title, library, setUp, docs }) => `- **${title}** – ${library} – ${setUp} – as in ${docs}`)
      .join('\n'),
    ...spreadSection(
      '## Take-over, clean',
      `From the call by which the leader leaves to the moment at which the standby is told that it leads, in another
process; ms on the clock that both share. The leader leaves at a moment of chance.`,
      clean,
    ),
    ...spreadSection(
      '## Take-over after a crash',
      `The leader's process is killed (SIGKILL), at a moment of chance. From the end of its lease on the server to the
moment at which the standby is told that it leads, ms; negative would be too early.`,
      crashed,
    ),
    ...toldSection(told),
    ...idleSection(idle),
    ...lossSection(clean, crashed, idle),
  ];
}

function spreadSection(title, text, results) {
  if (results.size === 0) return [];
  return [
    title,
    text,
    table(
      ['contender', 'take-overs', 'shortest', 'median', '99th percentile', 'longest'],
      [...results].map(([id, result]) =>
        'failed' in result
          ? [nameOf(id), `failed: ${result.failed}`, '', '', '', '']
          : [nameOf(id), result.count, ...[result.min, result.p50, result.p99, result.max].map(number)],
      ),
    ),
  ];
}

function toldSection(told) {
  if (told.size === 0) return [];
  return [
    '## Told that it leads no more',
    `A process leads ten elections when Redis falls silent: its process is frozen (SIGSTOP), or a proxy swallows
everything, both ways. Told by the signal or event of the library, counted from the end of the lease on the server; after
${PATIENCE_MS / 1000} s more, it is never. *Still held*: leads by what the library says, after that.`,
    table(
      ['contender', 'silence', ...TOLD_HEAD],
      [...told].flatMap(([how, results]) =>
        [...results].map(([id, result]) => [nameOf(id), how, ...toldCells(result)]),
      ),
    ),
  ];
}

function idleSection(idle) {
  if (idle.size === 0) return [];
  return [
    '## While nothing happens',
    'One leads, one stands by: commands that the server processes, also inside scripts, and bytes to and from it.',
    table(
      ['contender', 'commands/s', 'bytes/s'],
      [...idle].map(([id, result]) =>
        'failed' in result
          ? [nameOf(id), `failed: ${result.failed}`, '']
          : [nameOf(id), number(result.commands), number(result.bytes)],
      ),
    ),
  ];
}

function lossSection(clean, crashed, idle) {
  const rows = [
    ['Take-over, clean, 99th percentile', behind(clean, 'p99')],
    ['Take-over after a crash, 99th percentile', behind(crashed, 'p99')],
    ['Commands while nothing happens', behind(idle, 'commands')],
    ['Bytes while nothing happens', behind(idle, 'bytes')],
  ].filter(([, losses]) => losses);
  return [
    '## Where Sluice is slower or costs more',
    rows.length === 0 ? 'Nowhere in this run.' : table(['case', 'behind'], rows),
  ];
}

/** Who has less of something than ours. */
function behind(results, of) {
  const our = results.get('ours')?.[of];
  if (results.size > 0 && our === undefined) return 'not measured, see above';
  return [...results]
    .filter(([, result]) => result[of] < our)
    .map(([id, result]) => `${titleOf(id)} (${number(result[of])} to ${number(our)})`)
    .join('; ');
}

function nameOf(id) {
  return id === 'ours' ? `**${titleOf(id)}**` : titleOf(id);
}
