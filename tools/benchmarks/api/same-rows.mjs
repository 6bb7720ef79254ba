import { isDeepStrictEqual } from 'node:util';
import { kinds } from './kinds.mjs';

/**
 * Throws unless all give the same rows to the same user, cached or not: who answers less is quicker for nothing.
 *
 * @param {Map<string, import('./served.mjs').Served>} served
 */
export async function requireSameRows(served) {
  for (const { id: kind, title } of kinds) {
    for (const user of [0, 1, 77, 0]) {
      const answers = await Promise.all(
        [...served].map(async ([id, one]) => ({
          id,
          rows: rowsOf(await one.call('answer', { kind, user })),
        })),
      );
      const other = answers.find(({ rows }) => !isDeepStrictEqual(rows, answers[0].rows));
      if (other) {
        throw new Error(
          `${other.id} answers other rows than ${answers[0].id} for ${title}: ${JSON.stringify(other.rows)} and ${JSON.stringify(answers[0].rows)}`,
        );
      }
    }
  }
}

/** Signatures and cursors are each one's own; where they lead is not. */
function rowsOf(answer) {
  return JSON.parse(
    JSON.stringify(answer, (name, value) => {
      if (name === 'nextCursor') return value !== null;
      return typeof value === 'string' ? value.replace(/e=\d{10}&s=[\w-]{22}$/, 'signed') : value;
    }),
  );
}
