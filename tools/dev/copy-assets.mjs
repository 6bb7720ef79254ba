// `node tools/dev/copy-assets.mjs <project dir>`: what the compiler leaves behind goes to `dist` as well, so that what
// is served is what was tested: Lua scripts, migrations, workflows, and all that lies in a `files` folder (templates).
import { cpSync, readdirSync } from 'node:fs';
import { extname, join, relative, resolve, sep } from 'node:path';

const project = process.argv[2];
if (!project) {
  console.error('Which project? node tools/dev/copy-assets.mjs libs/data-access-redis');
  process.exit(1);
}
const source = resolve(project, 'src');
const kinds = new Set(['.lua', '.sql', '.json']);

for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  const path = relative(source, file);
  const folders = path.split(sep);
  if (folders.includes('fixtures')) continue; // Of tests.
  const isTemplate = folders.includes('files');
  if (entry.isFile() && (isTemplate || kinds.has(extname(file)))) cpSync(file, join(project, 'dist', path));
}
