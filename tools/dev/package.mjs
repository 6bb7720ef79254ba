// `node tools/dev/package.mjs <project dir>`: what npm publishes of a built project, into `.data/packages`: a folder, and
// its tarball. It fails when publint or attw (Are The Types Wrong) have something to say.
import { checkPackage } from './package/check.mjs';
import { pack } from './package/pack.mjs';
import { stage } from './package/stage.mjs';

const [project] = process.argv.slice(2);
if (!project) {
  console.error('Which project? node tools/dev/package.mjs libs/data-access-redis');
  process.exit(1);
}
const folder = stage(project);
const tarball = pack(folder);
process.exitCode = await checkPackage(folder, tarball);
