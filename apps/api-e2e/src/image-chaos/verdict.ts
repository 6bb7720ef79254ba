import type { Ledger } from '@sluice/testing-comfyui';
import type { Hit } from './fleet';
import { isFinal, type JobMoment } from './job-history';

type History = ReadonlyMap<string, readonly JobMoment[]>;

/** Writes by a process that did not hold the job, whether or not they changed anything, and ends that were not the end. */
export function wrongWrites(history: History, pids: ReadonlyMap<string, number>): string[] {
  const wrong: string[] = [];
  for (const [id, moments] of history) {
    /** Who was given which fence. */
    const holders = new Map<number, number>();
    moments.forEach((now, i) => {
      const before = moments[i - 1];
      if (!before) return;
      const writer = pids.get(now.writer) ?? NaN;
      const complain = (what: string) =>
        wrong.push(`${id}: ${writer} ${what} (${before.status} to ${now.status}, fence ${now.fence})`);
      if (now.fence < before.fence) complain('put its fence back');
      if (isFinal(before.status) && now.status !== before.status) complain('changed its end');
      if (now.fence > before.fence && now.holder !== null) {
        holders.set(now.fence, now.holder);
        if (writer !== now.holder) complain(`took it for ${now.holder}`);
      }
      if (now.fence === before.fence && !isAskedFor(before, now) && writer !== holders.get(now.fence)) {
        complain(`wrote what is ${holders.get(now.fence) ?? 'nobody'}'s`);
      }
    });
  }
  return wrong;
}

/** Its owner has cancelled it, at whichever process. */
function isAskedFor({ status }: JobMoment, now: JobMoment): boolean {
  return (
    (status === 'queued' && now.status === 'cancelled') ||
    (status === 'generating' && now.status === 'cancelling')
  );
}

/** Jobs that a server has begun more than once though it remembered the time before. */
export function paintedAgain(history: History, ledgers: readonly Ledger[]): string[] {
  const forgotten = new Set(ledgers.flatMap((ledger) => ledger.forgotten));
  const again: string[] = [];
  for (const [id, moments] of history) {
    const prompts = [...new Set(moments.flatMap(({ promptId }) => promptId ?? []))];
    const begun = prompts.filter((prompt) => ledgers.some((ledger) => ledger.runs(prompt) > 0));
    const remembered = begun.filter((prompt) => !forgotten.has(prompt));
    const twice = begun.filter((prompt) => ledgers.reduce((sum, ledger) => sum + ledger.runs(prompt), 0) > 1);
    if (remembered.length > 1) again.push(`${id}: ${remembered.join(' and ')}`);
    if (twice.length > 0) again.push(`${id}: ${twice.join()} twice`);
  }
  return again;
}

/** How often something was begun again because a server had forgotten it. */
export function begunAgain(history: History, ledgers: readonly Ledger[]): number {
  let times = 0;
  for (const moments of history.values()) {
    const prompts = new Set(moments.flatMap(({ promptId }) => promptId ?? []));
    const begun = [...prompts].filter((prompt) => ledgers.some((ledger) => ledger.runs(prompt) > 0));
    times += Math.max(0, begun.length - 1);
  }
  return times;
}

/** The jobs that were running in the process when it was hit, and what has become of them. */
export function ranWhenHit(history: History, { pid, at }: Hit) {
  return [...history.values()].flatMap((moments) => {
    const next = moments.findIndex((moment) => moment.at > at);
    const after = next < 0 ? [] : moments.slice(next);
    const then = moments[moments.length - after.length - 1];
    return then?.holder === pid ? [{ fence: then.fence, after }] : [];
  });
}

/** For each job whose process was killed, how long it had none, in ms; infinite when nobody took it. */
export function orphanedFor(history: History, hits: readonly Hit[]): number[] {
  const kills = hits.filter(({ what }) => what === 'kill');
  return kills.flatMap((kill) =>
    ranWhenHit(history, kill).flatMap(({ fence, after }) => {
      // It can have let go of the job with its last breath.
      const left = after.find(({ holder }) => holder === null);
      if (left?.fence === fence) return [];
      const taken = after.find(({ holder }) => holder !== null && holder !== kill.pid);
      return taken ? taken.at - kill.at : Infinity;
    }),
  );
}

/** How often a job that somebody held came into nobody's hands without having ended. */
export function handsChanged(history: History): number {
  const lost = (before: JobMoment, now: JobMoment) => now.holder === null && now.fence > before.fence;
  return [...history.values()].reduce(
    (sum, moments) =>
      sum + moments.filter((now, i) => i > 0 && lost(moments[i - 1] as JobMoment, now)).length,
    0,
  );
}
