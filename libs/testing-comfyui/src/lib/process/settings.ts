import type { ComfyUiVersion } from '../dialect/version';
import type { FaultSettings } from '../faults/faults';
import type { ComfyUiOptions } from '../start-comfyui';

const defaultPort = 8188;

/**
 * Reads `PORT`, `HOST`, `COMFYUI_VERSION`, `COMFYUI_PAINT_MS`, `COMFYUI_CHECKPOINTS` (a comma between two),
 * `COMFYUI_PREVIEWS` (`false`: none), `COMFYUI_DIRECTORY` and `COMFYUI_FAULTS` (JSON). What is not set has the default of `startComfyUi`, but the port: 8188.
 * @throws Error that names the variable which makes no sense
 */
export function readSettings(env: NodeJS.ProcessEnv): ComfyUiOptions {
  const text = (name: string) => env[name]?.trim() || undefined;
  const checkpoints = text('COMFYUI_CHECKPOINTS')
    ?.split(',')
    .map((name) => name.trim());
  return {
    port: wholeNumber('PORT', text('PORT'), defaultPort) ?? defaultPort,
    paintMs: wholeNumber('COMFYUI_PAINT_MS', text('COMFYUI_PAINT_MS'), 2_000),
    previews: text('COMFYUI_PREVIEWS') !== 'false',
    host: text('HOST'),
    version: text('COMFYUI_VERSION') as ComfyUiVersion | undefined,
    checkpoints,
    directory: text('COMFYUI_DIRECTORY'),
    faults: faultSettings(text('COMFYUI_FAULTS')),
  };
}

function wholeNumber(name: string, value: string | undefined, example: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new Error(`${name} must be a whole number, such as ${example}.`);
}

function faultSettings(value: string | undefined): FaultSettings | undefined {
  if (value === undefined) return undefined;
  try {
    return JSON.parse(value) as FaultSettings;
  } catch (cause) {
    throw new Error('COMFYUI_FAULTS must be JSON, such as {"slow":{"ms":500}}.', { cause });
  }
}
