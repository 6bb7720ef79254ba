import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileReference } from '../files/file-store';

/** One thing that happened. `life` counts the starts of the server, from 1. */
export type LedgerEntry = { readonly life: number; readonly promptId: string } & (
  | { readonly what: 'accepted' | 'run' | 'deleted' }
  | { readonly what: 'ended'; readonly outcome: 'success' | 'error' | 'interrupted' }
  | { readonly what: 'painted'; readonly file: FileReference }
);

/** What a server did over all its lives; read after the fact, so that a killed one can be asked too. */
export class Ledger {
  constructor(
    readonly entries: readonly LedgerEntry[],
    /** How often the server was started. */
    readonly lives: number,
  ) {}

  /** How often the prompt with this id was begun, whether or not it came to an end. */
  runs(promptId: string): number {
    return this.entries.filter((entry) => entry.what === 'run' && entry.promptId === promptId).length;
  }

  /** The images written to `output`, in order. A cached rerun writes none. */
  get painted(): { promptId: string; file: FileReference; life: number }[] {
    return this.entries.flatMap((entry) => (entry.what === 'painted' ? [entry] : []));
  }

  /** Ids for which more than one run has painted. */
  get paintedTwice(): string[] {
    const runs = new Map<string, number>();
    const painted = new Map<string, Set<number>>();
    for (const { promptId, what } of this.entries) {
      if (what === 'run') runs.set(promptId, (runs.get(promptId) ?? 0) + 1);
      if (what !== 'painted') continue;
      const byRun = painted.get(promptId) ?? new Set();
      painted.set(promptId, byRun.add(runs.get(promptId) ?? 0));
    }
    return [...painted].filter(([, byRun]) => byRun.size > 1).map(([promptId]) => promptId);
  }

  /** Ids that the server knew (waiting, running or in the history) when it was killed or restarted. */
  get forgotten(): string[] {
    const known = new Map<string, number>();
    const forgotten = new Set<string>();
    for (const { life, promptId, what } of this.entries) {
      for (const [id, since] of known) {
        if (since === life) continue;
        forgotten.add(id);
        known.delete(id);
      }
      if (what === 'deleted') known.delete(promptId);
      else known.set(promptId, life);
    }
    for (const [id, since] of known) if (since < this.lives) forgotten.add(id);
    return [...forgotten];
  }
}

/** Writes the ledger: a line at once for every entry, so that SIGKILL loses nothing. */
export class LedgerBook {
  private life = 0;
  private readonly path: string;

  constructor(private readonly directory: string) {
    this.path = pathIn(directory);
  }

  beginLife(): void {
    this.life = readLedger(this.directory).lives + 1;
    appendFileSync(this.path, `${JSON.stringify({ life: this.life, what: 'started' })}\n`);
  }

  write(entry: Omitted<LedgerEntry, 'life'>): void {
    appendFileSync(this.path, `${JSON.stringify({ life: this.life, ...entry })}\n`);
  }
}

/** Reads what the server with this data directory has done so far. */
export function readLedger(directory: string): Ledger {
  const lines = linesOf(pathIn(directory)).map(
    (line) => JSON.parse(line) as LedgerEntry | { what: 'started' },
  );
  const entries = lines.filter((line) => line.what !== 'started') as LedgerEntry[];
  return new Ledger(entries, lines.length - entries.length);
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function pathIn(directory: string): string {
  return join(directory, 'ledger.jsonl');
}

type Omitted<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never;
