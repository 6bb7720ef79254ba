import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fetchDebianPackages } from './debian-packages.mjs';

const packages = ['redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];

/** The Redis that was unpacked into the folder; undefined when there is none, or only half of one. */
export function debianRedis(folder) {
  const bin = join(folder, 'root', 'usr', 'bin');
  if (!existsSync(join(bin, 'redis-server'))) return undefined;
  const libraries = join(folder, 'root', 'usr', 'lib');
  const libraryPath = readdirSync(libraries)
    .filter((name) => name.includes('-linux-'))
    .map((name) => join(libraries, name))
    .join(':');
  return { server: join(bin, 'redis-server'), cli: join(bin, 'redis-cli'), libraryPath };
}

/** On Debian and Ubuntu: brings Redis and the libraries it needs into the folder. @returns whether that went well */
export function fetchDebianRedis(folder) {
  return fetchDebianPackages(folder, packages, {
    announce: 'Fetching Redis from the package server of this system (1.3 MB); nothing is installed.',
    finish: (root) => {
      // The package of the tools has the server in it: the same binary looks at the name it is called by.
      const server = join(root, 'usr', 'bin', 'redis-server');
      if (!existsSync(server)) symlinkSync('redis-check-rdb', server);
    },
  });
}
