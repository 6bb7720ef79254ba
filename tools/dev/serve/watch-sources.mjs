import { existsSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { say } from '../process/say.mjs';
import { workspace } from '../setup/workspace.mjs';

const quietFor = 300;

/** Calls `changed` when sources of apps and libraries have changed and then rested for 300 ms. Spec files do not count. */
export function watchSources(changed) {
  let timer;
  const note = (_event, file) => {
    if (!isServed(String(file))) return;
    clearTimeout(timer);
    timer = setTimeout(changed, quietFor);
  };
  for (const folder of sourceFolders()) {
    watch(folder, { recursive: true }, note).on('error', (error) => {
      say(`${folder} is not watched any more (${error.message}); restart to see changes there.`);
    });
  }
}

function isServed(file) {
  return /\.(ts|lua|sql|json)$/.test(file) && !/\.spec\.ts$/.test(file);
}

function sourceFolders() {
  return ['apps', 'libs'].flatMap((parent) =>
    readdirSync(join(workspace, parent))
      .map((name) => join(workspace, parent, name, 'src'))
      .filter((folder) => existsSync(folder)),
  );
}
