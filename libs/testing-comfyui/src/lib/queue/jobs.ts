import { isObject, type Json, type JsonObject } from '../python/json';
import { type Finished, shownStatus } from './history';
import type { PromptQueue } from './prompt-queue';
import type { QueueItem } from './queue-item';

export const jobStatuses = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** All that is known, as `/api/jobs` lists it: what runs, what waits, what has run. */
export function listJobs(queue: PromptQueue): JsonObject[] {
  return [
    ...queue.running.map((item) => unfinishedJob(item, 'in_progress')),
    ...queue.pending.map((item) => unfinishedJob(item, 'pending')),
    ...queue.history.all.map(finishedJob),
  ];
}

/** One job in full; undefined when the server knows none. A result hides a run of the same id that goes on. */
export function findJob(queue: PromptQueue, promptId: string): JsonObject | undefined {
  const finished = queue.history.get(promptId);
  if (finished) {
    const { outputs, item } = finished;
    const workflow = { prompt: item.prompt, extra_data: item.extraData };
    return { ...finishedJob(finished), outputs, execution_status: shownStatus(finished), workflow };
  }
  const hasId = (item: QueueItem) => item.promptId === promptId;
  const [running, waiting] = [queue.running.find(hasId), queue.pending.find(hasId)];
  if (running) return unfinishedJob(running, 'in_progress');
  return waiting && unfinishedJob(waiting, 'pending');
}

function unfinishedJob(item: QueueItem, status: JobStatus): JsonObject {
  return withoutNulls({
    ...identity(item, status),
    outputs_count: 0,
    previewable_outputs_count: 0,
    workflow_id: workflowId(item),
  });
}

function finishedJob(finished: Finished): JsonObject {
  const { item, messages, outputs } = finished;
  const [last, end] = messages.at(-1) ?? [];
  const images = imagesOf(outputs);
  return withoutNulls({
    ...identity(item, statusOf(finished)),
    execution_start_time: messages[0]?.[1]['timestamp'] ?? null,
    execution_end_time: end?.['timestamp'] ?? null,
    execution_error: last === 'execution_error' && end ? end : null,
    outputs_count: images.length,
    previewable_outputs_count: images.length,
    preview_output: images.find((image) => image['type'] === 'output') ?? images[0] ?? null,
    workflow_id: workflowId(item),
  });
}

function identity(item: QueueItem, status: JobStatus): JsonObject {
  const create_time = item.extraData['create_time'] ?? null;
  return { id: item.promptId, status, priority: item.number, create_time };
}

function statusOf({ succeeded, messages }: Finished): JobStatus {
  if (succeeded) return 'completed';
  return messages.at(-1)?.[0] === 'execution_interrupted' ? 'cancelled' : 'failed';
}

function imagesOf(outputs: JsonObject): JsonObject[] {
  return Object.entries(outputs).flatMap(([nodeId, output]) => {
    const images = isObject(output) ? (output['images'] as readonly JsonObject[]) : [];
    return images.map((image) => ({ ...image, nodeId, mediaType: 'images' }));
  });
}

function workflowId({ extraData }: QueueItem): Json {
  const info = extraData['extra_pnginfo'];
  const workflow = isObject(info) ? info['workflow'] : undefined;
  return isObject(workflow) ? (workflow['id'] ?? null) : null;
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
