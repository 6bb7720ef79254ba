import { type Finished, shownFinished } from '../../queue/history';
import type { Instance } from '../../instance';
import { type Answer, empty, json } from '../answer';
import type { Call } from '../call';
import type { Route } from '../router';
import { listOf, objectOf } from './queue-routes';

/** `/history`: what has run. An unknown id is an empty object, and no 404. */
export function historyRoutes(server: Instance): Route[] {
  const { history } = server.queue;
  return [
    { method: 'GET', path: '/history', answer: (call) => list(history.all, call) },
    {
      method: 'GET',
      path: '/history/:id',
      answer: ({ params }) => {
        const finished = history.get(params['id'] as string);
        return show(finished ? [finished] : []);
      },
    },
    { method: 'POST', path: '/history', answer: (call) => change(server, call) },
  ];
}

function list(all: Finished[], call: Call): Answer {
  const maxItems = call.integer('max_items');
  const offset = call.integer('offset') ?? -1;
  const start = offset >= 0 ? offset : Math.max(0, all.length - (maxItems ?? all.length));
  return show(all.slice(start, maxItems === undefined ? undefined : start + maxItems));
}

function show(entries: Finished[]): Answer {
  return json(
    Object.fromEntries(entries.map((finished) => [finished.item.promptId, shownFinished(finished)])),
  );
}

function change(server: Instance, call: Call): Answer {
  const body = objectOf(call.json());
  const all = server.queue.history.all.map(({ item }) => item.promptId);
  for (const promptId of body['clear'] ? all : []) server.deleteFinished(promptId);
  for (const promptId of listOf(body['delete'])) server.deleteFinished(promptId);
  return empty();
}
