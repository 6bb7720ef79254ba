import { type ComfyUi, startComfyUi } from '../start-comfyui';
import { readSettings } from './settings';

/**
 * Makes this process a ComfyUI server, set up by the environment. SIGTERM and SIGINT end it with exit code 0, and what
 * runs then is dropped, as the real one does.
 * @throws Error when a variable makes no sense or the port is taken
 */
export async function serveComfyUi(env: NodeJS.ProcessEnv): Promise<ComfyUi> {
  const comfy = await startComfyUi(readSettings(env));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void comfy.stop().then(() => process.exit(0), exitLoudly));
  }
  return comfy;
}

/** Says why the process ends, and ends it. */
export function exitLoudly(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
