import type { Entry } from './journal';

/** One leadership, from the first to the last sign of it. */
interface Reign {
  readonly term: number;
  readonly pids: Set<number>;
  /** Surely begun by then. */
  begun: number;
  /** Surely not over before. */
  lasting: number;
}

/**
 * What an election must never do: let two lead at once, or give a term twice or one that is not higher than all before.
 * What is reported is wrong for certain: moments that are not known exactly count in favour of the election.
 *
 * @returns one line for each wrong
 */
export function wrongsOf(entries: readonly Entry[]): string[] {
  const elections = new Set(entries.map(({ election }) => election));
  return [...elections].flatMap((election) =>
    wrongsOfOne(entries.filter((entry) => entry.election === election)).map(
      (wrong) => `${election}: ${wrong}`,
    ),
  );
}

function wrongsOfOne(entries: readonly Entry[]): string[] {
  const starts = entries.filter(({ what }) => what === 'started').sort((a, b) => a.to - b.to);
  const wrongs: string[] = [];
  starts.reduce((highest, { term }) => {
    if (term <= highest) wrongs.push(`term ${term} began after term ${highest}`);
    return Math.max(highest, term);
  }, 0);
  const reigns = reignsOf(entries);
  for (const { term, pids } of reigns)
    if (pids.size > 1) wrongs.push(`term ${term} was of ${pids.size} processes`);
  reigns.forEach((older, i) => {
    for (const newer of reigns.slice(i + 1)) {
      const overlap = older.lasting - newer.begun;
      if (overlap >= 0)
        wrongs.push(`term ${older.term} went on for ${overlap.toFixed(3)} ms in term ${newer.term}`);
    }
  });
  return wrongs;
}

/** By term. */
function reignsOf(entries: readonly Entry[]): Reign[] {
  const reigns = new Map<number, Reign>();
  for (const { what, term, pid, from, to } of entries) {
    if (what === 'told' || what === 'stopped') continue; // to know that it is over is not to lead
    const reign = reigns.get(term);
    if (!reign) reigns.set(term, { term, pids: new Set([pid]), begun: to, lasting: from });
    else {
      reign.pids.add(pid);
      reign.begun = Math.min(reign.begun, to);
      reign.lasting = Math.max(reign.lasting, from);
    }
  }
  return [...reigns.values()].sort((a, b) => a.term - b.term);
}
