// PostgreSQL, Redis and the API, which is rebuilt and restarted when its sources change while the servers stay.
// Started by serve.mjs, which holds the other end of the standard input, and is told the exit code on descriptor 3.
import { writeSync } from 'node:fs';
import { say, sayError } from '../process/say.mjs';
import { untilLive } from './api-address.mjs';
import { ApiProcess } from './api-process.mjs';
import { buildApi } from './build-api.mjs';
import { keepRunning } from './keep-running.mjs';
import { startServers } from './servers.mjs';
import { watchSources } from './watch-sources.mjs';

let servers;
let api;
let stopApi;
let stopping;
let building = false;
let changedAgain = false;

process.stdin
  .on('end', () => stop(0))
  .on('error', () => stop(0))
  .resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));

try {
  servers = await startServers();
  if (!stopping) await serve();
} catch (error) {
  sayError(error);
  stop(1);
}

async function serve() {
  api = new ApiProcess(servers.environment);
  api.start();
  // Not even once: something is wrong that a restart does not mend, and the API has said what.
  if (!(await untilLive(() => api.running && !stopping))) return stop(1);
  stopApi = keepRunning('The API', api);
  watchSources(() => void rebuild());
}

async function rebuild() {
  changedAgain = building;
  if (building || stopping) return;
  building = true;
  say('Sources have changed: building.');
  const built = await buildApi();
  building = false;
  if (stopping) return;
  if (changedAgain) return rebuild();
  if (!built) return say('The build failed, see above. The API of the last good build goes on.');
  await api.restart();
  if (await untilLive(() => api.running && !stopping)) say('The API is restarted.');
}

/** First the API, so that it can finish what it does; then the servers that it needs for that. */
function stop(exitCode) {
  stopping ??= (async () => {
    await (stopApi?.() ?? api?.stop());
    await servers?.stop();
  })().then(
    () => exit(exitCode),
    (error) => {
      sayError(error);
      exit(1);
    },
  );
}

function exit(code) {
  try {
    writeSync(3, String(code));
  } catch {
    // Nobody is there to be told.
  }
  process.exit(code);
}
