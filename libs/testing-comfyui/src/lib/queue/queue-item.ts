import type { Json, JsonObject } from '../python/json';

/** A prompt that waits, runs or has run. */
export interface QueueItem {
  readonly number: number;
  readonly promptId: string;
  /** The graph; validation has made numbers of what was text. */
  readonly prompt: JsonObject;
  readonly extraData: JsonObject;
  readonly outputs: readonly string[];
}

/** As `/queue` and the history show it. */
export function shownItem({ number, promptId, prompt, extraData, outputs }: QueueItem): Json {
  return [number, promptId, prompt, extraData, outputs];
}

const secrets = ['auth_token_comfy_org', 'api_key_comfy_org'];

/** The same without the API keys that a client may send along. */
export function withoutSecrets(item: QueueItem): QueueItem {
  const shown = Object.entries(item.extraData).filter(([key]) => !secrets.includes(key));
  return { ...item, extraData: Object.fromEntries(shown) };
}
