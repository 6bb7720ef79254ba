import { setTimeout as pause } from 'node:timers/promises';
import { say } from '../process/say.mjs';

const firstPause = 500;
const longestPause = 30_000;
const stableAfter = 60_000;

/**
 * Starts a server (or the API) again when it ends by itself, the later the more often it does.
 * @param server anything with `running`, `restart()` and `stop()`
 * @returns ends the server for good
 */
export function keepRunning(name, server) {
  const stopped = new AbortController();
  const watching = watch(name, server, stopped.signal);
  return async () => {
    stopped.abort();
    await watching;
    await server.stop();
  };
}

async function watch(name, server, stopped) {
  let wait = firstPause;
  let since = performance.now();
  while (!stopped.aborted) {
    await sleep(200, stopped);
    if (server.running || stopped.aborted) continue;
    if (performance.now() - since > stableAfter) wait = firstPause;
    say(`${name} has ended by itself; it is started again in ${wait / 1000} s.`);
    await sleep(wait, stopped);
    if (server.running || stopped.aborted) continue;
    wait = Math.min(wait * 2, longestPause);
    since = performance.now();
    await server.restart().then(
      () => say(`${name} runs again.`),
      (error) => say(error.message),
    );
  }
}

function sleep(milliseconds, signal) {
  return pause(milliseconds, undefined, { signal }).catch(() => undefined);
}
