import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the tree. */
export const workspace = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** The folder in the tree that is not under version control: what the set-up found stands there. */
export const notes = join(workspace, '.data');

/** PostgreSQL refuses to run as root: then its programs run as `nobody`. */
export const serverIdentity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

/** A program that npm installed, to be run by Node. */
export function installedProgram(name) {
  return join(workspace, 'node_modules', '.bin', name);
}
