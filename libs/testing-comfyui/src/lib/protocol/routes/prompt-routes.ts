import { randomUUID } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../../python/json';
import { PythonError } from '../../python/python-error';
import { str } from '../../python/text';
import { invalidPromptId, noPrompt, refusal } from '../../validation/problems';
import { validatePrompt } from '../../validation/validate-prompt';
import type { Instance } from '../../instance';
import { type Answer, json } from '../answer';
import type { Call } from '../call';
import type { Route } from '../router';

const canonicalUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** `/prompt`: how many there are, and one more. */
export function promptRoutes(server: Instance): Route[] {
  return [
    { method: 'GET', path: '/prompt', answer: () => json(server.queueInfo()) },
    { method: 'POST', path: '/prompt', answer: (call) => accept(server, call) },
  ];
}

function accept(server: Instance, call: Call): Answer {
  const body = call.json();
  const { dialect, queue, surroundings, ledger } = server;
  const number = server.numbers.next(body);
  if (!isObject(body) || !Object.hasOwn(body, 'prompt')) return json(refusal(noPrompt), 400);

  const promptId = promptIdOf(body, dialect.wantsCanonicalIds);
  if (promptId === undefined) return json(refusal(invalidPromptId), 400);

  const prompt = body['prompt'] as JsonObject;
  const targets = body['partial_execution_targets'];
  const { error, nodeErrors, outputs } = validatePrompt(prompt, targets, server.classes, surroundings);
  const extraData = extraDataOf(body);
  if (error) return json(refusal(error, nodeErrors), 400);

  if (dialect.stampsCreateTime) extraData['create_time'] = server.clock.next();
  ledger.write({ what: 'accepted', promptId });
  queue.put({ number, promptId, prompt, extraData, outputs: server.orderOutputs(promptId, outputs) });
  return json({ prompt_id: promptId, number, node_errors: nodeErrors });
}

/** @returns undefined when the server will not have that id */
function promptIdOf(body: JsonObject, wantsCanonical: boolean): string | undefined {
  const id = body['prompt_id'];
  if (!wantsCanonical) return id === undefined ? randomUUID() : str(id);
  if (id === undefined || id === null) return randomUUID();
  return typeof id === 'string' && canonicalUuid.test(id) ? id : undefined;
}

function extraDataOf(body: JsonObject): Record<string, Json> {
  const extraData = Object.hasOwn(body, 'extra_data') ? body['extra_data'] : {};
  if (!isObject(extraData)) throw new PythonError('TypeError', 'extra_data is no dict');
  const clientId = body['client_id'];
  return clientId === undefined ? { ...extraData } : { ...extraData, client_id: clientId };
}
