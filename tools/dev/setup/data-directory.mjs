import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { run } from '../process/process-group.mjs';
import { Advice } from '../process/say.mjs';
import { notes, serverIdentity, workspace } from './workspace.mjs';

/**
 * Where servers keep their data and their files: `.data` in the tree. Root's PostgreSQL runs as somebody else, and
 * where that one may not enter the tree (`/root/…`), it is a folder of root's below /var/tmp, named after the tree.
 */
export async function chooseDataDirectory() {
  if (!serverIdentity || (await canServerUse(notes))) return notes;
  const name = createHash('sha256').update(workspace).digest('hex').slice(0, 12);
  return ownFolder(`/var/tmp/sluice-${name}`);
}

/** Whether the user that PostgreSQL runs as may enter this folder and read it. */
export async function canServerUse(folder) {
  const options = { ...serverIdentity, cwd: '/', capture: true, within: 10_000 };
  const { code } = await run('sh', ['-c', 'cd "$1" && ls >/dev/null', 'sh', folder], options);
  return code === 0;
}

// Anybody can make a folder below /var/tmp: what is not ours is not to be trusted with a server's binaries.
function ownFolder(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid()) {
    throw new Advice(`${folder} belongs to somebody else. Remove it, then run this again.`);
  }
  chmodSync(folder, 0o755);
  return folder;
}
