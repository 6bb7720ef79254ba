import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The secret of a development machine: made once and kept in the data folder, readable by its owner only, so that
 * tokens outlive a restart. Where nothing can be written it lasts as long as the process.
 */
export function developmentSecret(dataFolder: string): string {
  const file = join(dataFolder, 'app-secret');
  const fresh = randomBytes(48).toString('base64url');
  try {
    mkdirSync(dataFolder, { recursive: true });
    // `wx`: of two processes that start at once, one writes and both read the same.
    writeFileSync(file, fresh, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return fresh;
  }
  const kept = readFileSync(file, 'utf8').trim();
  return kept.length >= 32 ? kept : fresh;
}
