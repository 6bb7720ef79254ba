import { open } from 'node:fs/promises';

/** Makes the names in a folder survive a loss of power: a file that is on the disk without its name is lost. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and writes names through by itself.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
