import { ComfyUIConfigError } from './comfyui-config.error';
import { type ComfyUIConfig, type ComfyUIOptions, resolveComfyUIConfig } from './comfyui.config';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names of options as they are called in the environment, for messages that tell the operator what to change. */
const VARIABLE_OF = {
  urls: 'COMFYUI_URLS',
  authHeader: 'COMFYUI_AUTH_HEADER',
  checkpoint: 'COMFYUI_CHECKPOINT',
  connectTimeoutMs: 'COMFYUI_CONNECT_TIMEOUT_MS',
  requestTimeoutMs: 'COMFYUI_REQUEST_TIMEOUT_MS',
  fetchTimeoutMs: 'COMFYUI_FETCH_TIMEOUT_MS',
  cancelTimeoutMs: 'COMFYUI_CANCEL_TIMEOUT_MS',
  forgottenAfterMs: 'COMFYUI_FORGOTTEN_AFTER_MS',
  probeIntervalMs: 'COMFYUI_PROBE_INTERVAL_MS',
  probeTimeoutMs: 'COMFYUI_PROBE_TIMEOUT_MS',
  socketSilenceMs: 'COMFYUI_SOCKET_SILENCE_MS',
  maxOutputBytes: 'COMFYUI_MAX_OUTPUT_BYTES',
} as const satisfies Record<keyof ComfyUIOptions, string>;

const NUMBERS = [
  'connectTimeoutMs',
  'requestTimeoutMs',
  'fetchTimeoutMs',
  'cancelTimeoutMs',
  'forgottenAfterMs',
  'probeIntervalMs',
  'probeTimeoutMs',
  'socketSilenceMs',
  'maxOutputBytes',
] as const;

/**
 * Reads the configuration from the environment. An empty variable counts as not set. Without `COMFYUI_URLS` there are
 * no servers, which is no error: the rest of the API does without.
 *
 * @throws ComfyUIConfigError that names every wrong variable and never shows a value
 */
export function readComfyUIEnvironment(env: Environment = process.env): ComfyUIConfig {
  const problems: string[] = [];
  const read = (option: keyof typeof VARIABLE_OF) => env[VARIABLE_OF[option]]?.trim() || undefined;
  const options: ComfyUIOptions = {};
  const urls = read('urls');
  if (urls !== undefined) {
    options.urls = urls
      .split(',')
      .map((url) => url.trim())
      .filter(Boolean);
    if (options.urls.length === 0) problems.push('COMFYUI_URLS holds commas only; name a server or unset it');
  }
  for (const option of ['authHeader', 'checkpoint'] as const) {
    const text = read(option);
    if (text !== undefined) options[option] = text;
  }
  for (const option of NUMBERS) {
    const text = read(option);
    if (text === undefined) continue;
    if (/^\d+$/.test(text)) options[option] = Number(text);
    else problems.push(`${VARIABLE_OF[option]} must be a whole number`);
  }
  try {
    const config = resolveComfyUIConfig(options);
    if (problems.length === 0) return config;
  } catch (error) {
    if (!(error instanceof ComfyUIConfigError)) throw error;
    problems.push(...error.problems.map(inVariables));
  }
  throw new ComfyUIConfigError(problems);
}

/** The word at the beginning is an option; others may stand in the text. */
function inVariables(problem: string): string {
  return problem.replace(/[a-z]+[A-Z][A-Za-z]+|^[a-z]+/g, (word) =>
    Object.hasOwn(VARIABLE_OF, word) ? VARIABLE_OF[word as keyof typeof VARIABLE_OF] : word,
  );
}
