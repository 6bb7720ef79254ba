import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { workspace } from '../setup/workspace.mjs';

/** The folders of the end-to-end tests, which need the built API. */
export function endToEnd() {
  return jestProjects().filter(isEndToEnd);
}

/** The folders of all other projects that Jest tests. */
export function testProjects() {
  return jestProjects().filter((folder) => !isEndToEnd(folder));
}

function jestProjects() {
  return ['libs', 'apps', 'tools']
    .flatMap((parent) => readdirSync(join(workspace, parent)).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(join(workspace, folder, 'jest.config.cjs')));
}

function isEndToEnd(folder) {
  return folder.endsWith('-e2e');
}
