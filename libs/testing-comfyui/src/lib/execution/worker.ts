import { setTimeout as wait } from 'node:timers/promises';
import type { ActiveFaults } from '../faults/fault-switches';
import type { LedgerBook } from '../ledger/ledger';
import type { Sockets } from '../protocol/sockets';
import type { Finished } from '../queue/history';
import type { PromptQueue } from '../queue/prompt-queue';
import type { QueueItem } from '../queue/queue-item';
import { PromptRun, type RunContext } from './prompt-run';

export interface WorkerContext extends RunContext {
  readonly queue: PromptQueue;
  readonly sockets: Sockets;
  readonly faults: ActiveFaults;
  readonly ledger: LedgerBook;
}

/** Runs one prompt after the other, until the server is gone. */
export async function work(context: WorkerContext): Promise<void> {
  const { gone, queue } = context;
  try {
    for (;;) await workOff(await queue.take(gone), context);
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}

async function workOff(item: QueueItem, context: WorkerContext): Promise<void> {
  const { faults, gone, ledger, queue, sockets } = context;
  const { promptId } = item;
  ledger.write({ what: 'run', promptId });
  const finished = await new PromptRun(item, context).run();
  gone.throwIfAborted();
  ledger.write({ what: 'ended', promptId, outcome: outcomeOf(finished) });

  const late = faults.take('late-history');
  if (late) await wait(late.ms, undefined, { signal: gone });
  queue.finish(finished);
  const clientId = item.extraData['client_id'] ?? null;
  if (clientId !== null) sockets.send('executing', { node: null, prompt_id: promptId }, clientId);
}

function outcomeOf({ succeeded, messages }: Finished): 'success' | 'error' | 'interrupted' {
  if (succeeded) return 'success';
  return messages.at(-1)?.[0] === 'execution_interrupted' ? 'interrupted' : 'error';
}
