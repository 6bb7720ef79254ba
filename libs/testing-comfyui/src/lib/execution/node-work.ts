import { setTimeout as wait } from 'node:timers/promises';
import type { ClaimedFiles } from '../files/claimed-files';
import type { FileReference, FileStore } from '../files/file-store';
import type { Faults } from '../faults/faults';
import type { ActiveFaults } from '../faults/fault-switches';
import type { NodeWork, Surroundings } from '../nodes/node-class';
import type { LedgerBook } from '../ledger/ledger';
import type { QueueItem } from '../queue/queue-item';
import type { Interrupts } from './interrupts';
import type { Pace } from './pace';

export interface WorkContext {
  readonly surroundings: Surroundings;
  readonly files: FileStore;
  readonly claimed: ClaimedFiles;
  readonly faults: ActiveFaults;
  readonly ledger: LedgerBook;
  readonly interrupts: Interrupts;
  readonly paintMs: number;
  readonly previews: boolean;
  readonly pace: Pace;
  /** Fires when the server is gone. */
  readonly gone: AbortSignal;
}

const defaultHugeBytes = 200_000_000;
const notAPng = Buffer.from('<!doctype html><title>This is no picture</title>\n');

/** What the nodes of one prompt may do. */
export function nodeWork(item: QueueItem, context: WorkContext): Omit<NodeWork, 'progress'> {
  const { surroundings, faults, gone, interrupts, pace } = context;
  let stuck: Faults['never-ends'] | undefined;
  let asked = false;
  return {
    ...surroundings,
    prompt: item.prompt,
    pngInfo: item.extraData['extra_pnginfo'] ?? null,
    paintMs: context.paintMs,
    previews: context.previews,
    pause: (milliseconds) => pace(milliseconds, gone),
    async hold() {
      if (!asked) stuck = faults.take('never-ends');
      asked = true;
      while (stuck && faults.isStillOn('never-ends', stuck)) {
        if (!stuck.deaf) interrupts.check();
        await wait(10, undefined, { signal: gone });
      }
    },
    save: (type, prefix, png) => save(item, context, type, prefix, png),
  };
}

function save(
  { promptId }: QueueItem,
  { surroundings, files, claimed, faults, gone, ledger }: WorkContext,
  type: 'output' | 'temp',
  prefix: string,
  png: Buffer,
): FileReference {
  gone.throwIfAborted();
  const isPicture = type === 'temp' || !faults.take('not-a-png');
  const file = files.save(type, prefix, isPicture ? png : notAPng, surroundings.dialect);
  if (type === 'temp') return file;
  ledger.write({ what: 'painted', promptId, file });

  const huge = faults.take('huge-output');
  if (huge) claimed.claim(file, { hugeBytes: huge.bytes ?? defaultHugeBytes, announced: !huge.unannounced });
  const named = faults.take('file-name');
  if (!named) return file;
  const path = files.find(file);
  const name: FileReference = { filename: named.filename, subfolder: named.subfolder ?? '', type };
  if (path) claimed.claim(name, { path });
  return name;
}
