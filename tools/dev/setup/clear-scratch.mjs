import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const day = 24 * 60 * 60_000;

/** Removes what servers for tests left behind when the whole machine went down: nothing else lets them stay for a day. */
export function clearScratch(dataDirectory) {
  const scratch = join(dataDirectory, 'scratch');
  if (!existsSync(scratch)) return;
  for (const name of readdirSync(scratch)) {
    const folder = join(scratch, name);
    const { mtimeMs } = statSync(folder, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity };
    if (Date.now() - mtimeMs > day) rmSync(folder, { recursive: true, force: true });
  }
}
