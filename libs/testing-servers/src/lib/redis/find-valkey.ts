import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of a Valkey server: `VALKEY_SERVER`, else `valkey-server` in `PATH`; undefined where there is none. */
export function findValkey(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env['VALKEY_SERVER']) return env['VALKEY_SERVER'];
  const candidates = (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'valkey-server'));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
