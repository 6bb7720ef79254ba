import { isObject, type Json, type JsonObject } from '../lib/python/json';

/**
 * What two runs of the same server differ in, and only that, replaced by a word. Everything else must be equal:
 * every key, every type, every other value, numbers of prompts included.
 */
export function normalise(value: unknown, key = ''): unknown {
  if (isTime(key, value)) return '<time>';
  if (memory.test(key) && typeof value === 'number') return '<bytes>';
  if (ofTheMachine.includes(key) && isText(value)) return '<of the machine>';
  if (key === 'traceback' && isTraceback(value)) return '<traceback>';
  if (typeof value === 'string') return normaliseText(value);
  // The recording was read by `JSON.parse`, which knows no others.
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return normaliseList(value, key);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, item]) => [name, normalise(item, name)]),
  );
}

const times = ['timestamp', 'create_time', 'execution_start_time', 'execution_end_time'];
const memory = /^(torch_)?v?ram_(total|free)$/;
const ofTheMachine = ['argv', 'python_version', 'pytorch_version'];
/** Lists that come out of Python's sets, which have no order. */
const sets = ['executed', 'current_outputs', 'errors'];

function isTime(key: string, value: unknown): boolean {
  return times.includes(key) && Number.isSafeInteger(value) && (value as number) > 1_700_000_000_000;
}

function isText(value: unknown): boolean {
  return Array.isArray(value) ? value.every((item) => typeof item === 'string') : typeof value === 'string';
}

/** Files and lines of the real server's source; ours has none. */
function isTraceback(value: unknown): boolean {
  const places = value as string[];
  return Array.isArray(value) && places.length > 0 && places.every((place) => place.startsWith('  File "'));
}

function normaliseText(text: string): string {
  if (/^tensor\(.*\)$/s.test(text)) return '<tensor>';
  return (
    text
      // Five letters by chance.
      .replace(/^ComfyUI_temp_[a-z]{5}_/, 'ComfyUI_temp_xxxxx_')
      // The recorder has shortened the real path.
      .replace(/full_output_folder: \S+/, 'full_output_folder: <path>')
  );
}

function normaliseList(list: readonly unknown[], key: string): unknown {
  const items = list.map((item) => normalise(item));
  if (isQueueItem(list)) items[4] = [...(items[4] as Json[])].sort();
  if (!sets.includes(key)) return items;
  return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** `[number, id, graph, extra_data, outputs]`: the outputs come out of a set too. */
function isQueueItem(list: readonly unknown[]): boolean {
  return list.length === 5 && typeof list[1] === 'string' && isObject(list[2]) && Array.isArray(list[4]);
}
