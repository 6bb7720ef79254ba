import { setTimeout as pause } from 'node:timers/promises';

/** Where a person on this machine reaches the API. */
export function apiUrl({ PORT, HOST } = process.env) {
  const everywhere = !HOST?.trim() || HOST === '0.0.0.0' || HOST === '::';
  return `http://${everywhere ? 'localhost' : HOST}:${apiPort({ PORT })}`;
}

/** The port that the API will listen on. */
export function apiPort({ PORT } = process.env) {
  return Number(PORT?.trim() || 3000);
}

/**
 * Asks the API until it answers.
 * @param isWanted asked before each attempt; waiting ends when it says no
 * @returns whether the API answered
 */
export async function untilLive(isWanted) {
  for (; isWanted(); await pause(200)) {
    const answer = await fetch(`${apiUrl()}/health/live`, { signal: AbortSignal.timeout(1_000) }).catch(
      () => undefined,
    );
    await answer?.body?.cancel();
    if (answer?.ok) return true;
  }
  return false;
}
