import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** @returns 0 when nobody has anything to say */
export async function checkPackage(folder, tarball) {
  const { messages, pkg } = await publint({ pkgDir: folder, strict: true, level: 'warning' });
  for (const message of messages) console.error(`publint: ${formatMessage(message, pkg, { color: false })}`);
  const missing = missingFiles(folder, pkg);
  for (const file of missing) console.error(`generators.json: ${file} is missing`);
  // Node since 16 and bundlers; not the resolution of before, which knows no `exports`.
  const words = ['attw', '--profile', 'node16', '--format', 'ascii', '--no-emoji', '--no-color', tarball];
  const { status } = spawnSync('npx', ['--no-install', ...words], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return messages.length + missing.length > 0 ? 1 : (status ?? 1);
}

/** Of a plugin for Nx: what its generators are made of, and is not there. */
function missingFiles(folder, { generators }) {
  if (!generators) return [];
  const collection = JSON.parse(readFileSync(join(folder, generators), 'utf8'));
  return Object.values(collection.generators)
    .flatMap(({ factory, schema }) => [`${factory}.js`, schema])
    .filter((file) => !existsSync(join(folder, file)));
}
