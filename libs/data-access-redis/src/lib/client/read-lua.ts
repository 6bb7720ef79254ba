import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Reads a script that lies beside its caller: `readLua(__dirname, 'take-one.lua')`. The build copies `.lua`
 * files next to the compiled code, so the same call works in `src` and in `dist`.
 */
export function readLua(directory: string, file: string): string {
  return readFileSync(join(directory, file), 'utf8');
}
