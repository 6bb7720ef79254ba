import { valueOf, sizes } from './values.mjs';

/**
 * Whether one caller can change what another is handed: changes what it read, then what it stored, and reads again.
 *
 * - `yes`: everybody gets an object of their own; `frozen`: one that nobody can change
 * - `text`: cannot be changed, but every reader has to parse it
 * - `readers only`: who stored the value can still change it
 *
 * @param {import('./contender.mjs').Handle} handle
 * @param {string} key
 * @returns {Promise<'yes' | 'frozen' | 'text' | 'readers only' | 'no'>}
 */
export async function probeProtection(handle, key) {
  const original = JSON.stringify(valueOf(sizes[0], 0));
  const isIntact = async () => JSON.stringify(await handle.get(key)) === original;
  const given = JSON.parse(original);
  await handle.set(key, given);
  await handle.get(key);
  const read = await handle.get(key);
  if (typeof read === 'string') return 'text';
  const frozen = !spoil(read);
  if (!(await isIntact())) return 'no';
  spoil(given);
  if (!(await isIntact())) return 'readers only';
  return frozen ? 'frozen' : 'yes';
}

/** Changes the value at its top and deep inside; false when neither could be changed. */
function spoil(value) {
  const changes = [() => (value.name = 'spoiled'), () => value.tags.push('spoiled')];
  return changes.map(succeeds).includes(true);
}

function succeeds(change) {
  try {
    change();
    return true;
  } catch {
    return false; // a frozen object says so, modules being strict
  }
}
