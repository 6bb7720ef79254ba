import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** @returns the tarball, beside the folder */
export function pack(folder) {
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', join(folder, '..')];
  const said = execFileSync('npm', words, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const [{ filename, entryCount, unpackedSize }] = JSON.parse(said);
  console.log(`${filename}: ${entryCount} files, ${Math.round(unpackedSize / 1024)} kB`);
  return join(folder, '..', filename);
}
