import { say } from '../lib/say.mjs';
import { modes } from './modes.mjs';
import { withContenders } from './processes.mjs';

/** @returns {Promise<Map<string, string>>} by mode: what the probe of protection found */
export async function runProbes(url) {
  say('who protects values from callers …');
  return withContenders(modes, url, async (processes) => {
    const found = new Map();
    for (const [id, contender] of processes) {
      found.set(id, await contender.call('probe').catch((error) => `failed: ${error.message}`));
    }
    return found;
  });
}
