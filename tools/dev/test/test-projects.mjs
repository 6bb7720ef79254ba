import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { workspace } from '../setup/workspace.mjs';

/** The folders of all projects that Jest tests. The end-to-end tests among them need the built API. */
export function testProjects() {
  return ['libs', 'apps', 'tools']
    .flatMap((parent) => readdirSync(join(workspace, parent)).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(join(workspace, folder, 'jest.config.cjs')));
}
