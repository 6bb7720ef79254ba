import { capital, number, table } from '../lib/markdown.mjs';
import { CONNECTIONS, PATIENCE_MS, WARM_USERS } from './cases.mjs';
import { contenders, titleOf } from './contenders.mjs';
import { IMAGES_OF_COLLECTOR, IMAGES_OF_EACH, USERS } from './users.mjs';

const texts = {
  cached: [
    '## Cached',
    `${WARM_USERS} users in turn, each for what is his own. Sluice counts each request against its limits in Redis, writes a line of
log for it and answers with \`RateLimit\`, \`Cache-Status\` and security headers; its peers do not.`,
  ],
  uncached: [
    '## Uncached',
    'Each user once, out of a Redis that was emptied before: session and answer come from PostgreSQL, and are stored.',
  ],
  lost: [
    '## With Redis lost',
    'The process of Redis was killed before, and stays away: what is answered comes from PostgreSQL, or out of the process.',
  ],
};

/**
 * The report without its head and its targets.
 *
 * @param {object} results of the suite
 * @returns {string[]}
 */
export function sections(results) {
  return [
    `Servers run in processes of their own, each asked by another process over ${CONNECTIONS} connections that are kept alive, in turn,
in rounds that each begin with another one; the same PostgreSQL (${USERS} users with ${IMAGES_OF_EACH} images each), the same Redis, the same
repositories, the same tokens. That all give the same rows is looked at first. Medians of the rounds; CPU of the server's
process.`,
    '## Contenders',
    contenders.map(({ title, library, setUp }) => `- **${title}** – ${library} – ${setUp}`).join('\n'),
    ...Object.entries(texts).flatMap(([way, [title, text]]) =>
      results[way].size === 0
        ? []
        : [
            title,
            text,
            ...[...results[way]].flatMap(([name, found]) => [
              `### ${capital(name)}`,
              way === 'lost' ? lostRates(found) : rates(found),
            ]),
          ],
    ),
    ...deepSection(results.deep),
    ...lossSection(results.killed),
  ];
}

function rates(found) {
  const our = found.get('ours')?.operationsPerSecond?.median;
  return table(
    ['contender', 'requests/s', 'min', 'max', 'ours is', 'p50, ms', 'p99, ms', 'CPU µs', 'Redis commands'],
    [...found].map(([id, result]) => {
      if ('failed' in result) return [nameOf(id), `failed: ${result.failed}`, '', '', '', '', '', '', ''];
      const { median, min, max } = result.operationsPerSecond;
      return [
        nameOf(id),
        ...[median, min, max].map(number),
        id === 'ours' ? '' : `${number(our / median)} ×`,
        number(result.latency.p50),
        number(result.latency.p99),
        number(result.cpuMicroseconds),
        result.metered.toFixed(1),
      ];
    }),
  );
}

function lostRates(found) {
  const our = found.get('ours')?.operationsPerSecond?.median;
  return table(
    ['contender', 'requests/s', 'min', 'max', 'ours is', 'p50, ms', 'p99, ms', 'refused', 'given up'],
    [...found].map(([id, result]) => {
      if ('failed' in result) return [nameOf(id), result.failed, '', '', '', '', '', '', ''];
      const { median, min, max } = result.operationsPerSecond;
      return [
        nameOf(id),
        ...[median, min, max].map(number),
        id === 'ours' ? '' : `${number(our / median)} ×`,
        number(result.latency.p50),
        number(result.latency.p99),
        result.refused,
        result.unanswered,
      ];
    }),
  );
}

function lossSection(killed) {
  if (killed.size === 0) return [];
  return [
    '## While Redis is killed',
    `The gallery's first page, asked for over ${CONNECTIONS} connections for four seconds; after one, Redis is killed (SIGKILL). Who has no
answer after ${PATIENCE_MS / 1_000} s gives up.`,
    table(
      ['contender', 'answered', 'refused', 'given up', 'p50, ms', 'p99, ms', 'longest, ms', 'its process'],
      [...killed].map(([id, loss]) =>
        'failed' in loss
          ? [nameOf(id), `failed: ${loss.failed}`, '', '', '', '', '', '']
          : [
              nameOf(id),
              ...[loss.answered, loss.refused, loss.unanswered].map((count) => count.toLocaleString('en-US')),
              ...[loss.p50, loss.p99, loss.longest].map(number),
              loss.ended ?? 'lives',
            ],
      ),
    ),
  ];
}

function nameOf(id) {
  return id === 'ours' ? `**${titleOf(id)}**` : titleOf(id);
}

function deepSection(deep) {
  if (!deep) return [];
  return [
    '## Deep down in a large gallery',
    `${IMAGES_OF_COLLECTOR.toLocaleString('en-US')} images of one user, read by cursor from the newest to the oldest, 100 a page, one request after the
other; of Sluice, in ms.`,
    table(
      ['pages', 'min', 'p50', 'p99', 'max'],
      [[deep.count, ...[deep.min, deep.p50, deep.p99, deep.max].map(number)]],
    ),
  ];
}
