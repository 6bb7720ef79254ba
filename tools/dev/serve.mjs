// The supervisor behind `nx serve api`: PostgreSQL, Redis and the API, which is rebuilt and restarted when its sources
// change while the servers stay.
import { say, sayError } from './process/say.mjs';
import { untilLive } from './serve/api-address.mjs';
import { ApiProcess } from './serve/api-process.mjs';
import { buildApi } from './serve/build-api.mjs';
import { keepRunning } from './serve/keep-running.mjs';
import { startServers } from './serve/servers.mjs';
import { watchSources } from './serve/watch-sources.mjs';

let servers;
let api;
let stopApi;
let stopping;
let building = false;
let changedAgain = false;

stopWithParent();
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
  say('The API is restarted.');
}

/** First the API, so that it can finish what it does; then the servers that it needs for that. */
function stop(exitCode) {
  stopping ??= (async () => {
    await (stopApi?.() ?? api?.stop());
    await servers?.stop();
  })().then(
    () => process.exit(exitCode),
    (error) => {
      sayError(error);
      process.exit(1);
    },
  );
}

/** Whoever started this process may be killed without a word: its parent, or `npm start` behind it. */
function stopWithParent() {
  const parent = process.ppid;
  const starter = Number(process.env.SLUICE_START_PID);
  setInterval(() => {
    if (process.ppid !== parent || (starter && !exists(starter))) stop(1);
  }, 500).unref();
}

function exists(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
