import { isObject, type Json, parseJson } from '../../python/json';
import { PythonError } from '../../python/python-error';
import { shownItem, withoutSecrets } from '../../queue/queue-item';
import type { Instance } from '../../instance';
import { type Answer, empty, json } from '../answer';
import type { Call } from '../call';
import type { Route } from '../router';

/** `/queue`, `/interrupt` and `/free`: they answer 200 for anything, whether or not it had an effect. */
export function queueRoutes(server: Instance): Route[] {
  return [
    { method: 'GET', path: '/queue', answer: () => show(server) },
    { method: 'POST', path: '/queue', answer: (call) => change(server, call) },
    { method: 'POST', path: '/interrupt', answer: (call) => interrupt(server, call) },
    {
      method: 'POST',
      path: '/free',
      answer: (call) => {
        call.json();
        return empty();
      },
    },
  ];
}

function show({ dialect, queue }: Instance): Answer {
  const shown = dialect.hidesSecretsInQueue ? withoutSecrets : <T>(item: T) => item;
  return json({
    queue_running: queue.running.map((item) => shownItem(shown(item))),
    queue_pending: queue.pending.map((item) => shownItem(shown(item))),
  });
}

function change(server: Instance, call: Call): Answer {
  const body = objectOf(call.json());
  if (body['clear']) server.clearQueue();
  for (const promptId of listOf(body['delete'])) server.deleteWaiting(promptId);
  return empty();
}

/** With an id it is for that prompt, if it runs; without one it is for whatever runs, or runs next. */
function interrupt(server: Instance, call: Call): Answer {
  const body = bodyOrNothing(call);
  const promptId = isObject(body) ? body['prompt_id'] : undefined;
  if (!promptId || server.queue.running.some((item) => item.promptId === promptId)) server.interrupts.ask();
  return empty();
}

function bodyOrNothing(call: Call): Json {
  try {
    return parseJson(call.body.toString());
  } catch {
    return {};
  }
}

/** @throws PythonError when it is no dict */
export function objectOf(value: Json): { readonly [key: string]: Json } {
  if (isObject(value)) return value;
  throw new PythonError('TypeError', 'the body is no dict');
}

/** What is to be deleted; nothing when nothing is said. */
export function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [...value];
  throw new PythonError('TypeError', 'what is to be deleted is not iterable');
}
