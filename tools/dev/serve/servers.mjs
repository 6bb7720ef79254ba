import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startComfyUiProcess } from '@sluice/testing-comfyui';
import { startPostgres, startRedis } from '@sluice/testing-servers';
import { say } from '../process/say.mjs';
import { howToInstallRedis } from '../setup/redis.mjs';
import { notes, workspace } from '../setup/workspace.mjs';
import { isComfyUiGiven, isDatabaseGiven, isRedisGiven } from './given-servers.mjs';
import { keepRunning } from './keep-running.mjs';

/** What the simulator says to have. */
const simulatedCheckpoint = 'sluice-simulator.safetensors';

/**
 * Starts the servers that the environment does not name and keeps them running. PostgreSQL's data stays
 * between runs: in `DATA_DIR`, or where the set-up keeps data.
 * @returns `environment`: what the API needs to know; `stop()`: ends the servers
 */
export async function startServers() {
  const { redis, ...found } = JSON.parse(readFileSync(join(notes, 'servers.json'), 'utf8'));
  const dataDirectory = resolve(workspace, process.env.DATA_DIR?.trim() || found.dataDirectory);
  const environment = { DATA_DIR: dataDirectory };
  const stops = [];
  const stop = () => Promise.all(stops.map((end) => end()));
  try {
    if (!isDatabaseGiven()) {
      const server = await startPostgres({ dataDirectory: join(dataDirectory, 'postgres') });
      stops.push(keepRunning('PostgreSQL', server));
      environment.DATABASE_URL = server.url;
      say(`PostgreSQL runs on port ${server.port}; its data is kept in ${join(dataDirectory, 'postgres')}.`);
    }
    if (!isRedisGiven() && redis) {
      const server = await startRedis();
      stops.push(keepRunning('Redis', server));
      environment.REDIS_URL = server.url;
      say(`Redis ${redis.version} runs on port ${server.port}.`);
    } else if (!isRedisGiven()) {
      const { url, close } = await startStandIn();
      stops.push(close);
      environment.REDIS_URL = url;
    }
    if (!isComfyUiGiven()) {
      const server = await startComfyUiProcess({ paintMs: 2_000 });
      stops.push(keepRunning('The ComfyUI simulator', server));
      environment.COMFYUI_URLS = server.url;
      environment.COMFYUI_CHECKPOINT = simulatedCheckpoint;
      say(
        `*** NO COMFYUI IS NAMED (COMFYUI_URLS). A simulator on port ${server.port} paints made-up pictures instead.`,
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { environment, stop };
}

// Without it the API would serve as well, only degraded, so a machine where it does not run is no reason to stop.
async function startStandIn() {
  say(`*** NO REAL REDIS ON THIS MACHINE. ${howToInstallRedis}`);
  try {
    const { createRedisMock } = await import('js-redis-server');
    const server = await createRedisMock();
    const [{ port }] = server.addresses();
    say('*** A stand-in written in JavaScript is used meanwhile: slower, and not all that Redis is.');
    return { url: `redis://127.0.0.1:${port}`, close: () => server.close() };
  } catch {
    say('*** The stand-in does not run here either: the API starts degraded, with nothing cached.');
    return { url: 'redis://127.0.0.1:1', close: () => undefined };
  }
}
