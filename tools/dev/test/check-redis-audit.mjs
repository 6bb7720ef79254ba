import { run } from '../process/process-group.mjs';
import { say } from '../process/say.mjs';
import { workspace } from '../setup/workspace.mjs';

const within = 3 * 60_000;

/** Whether nobody goes round the owner of Redis, and the document says what the code says. Needs the build. */
export async function checkRedisAudit() {
  const words = ['tools/nx-redis/bin/sluice-redis-audit.mjs', '--check'];
  const { code } = await run(process.execPath, words, { cwd: workspace, within });
  if (code === 1)
    say('What to do about it: docs/guides/enforcement.md. A new document: npx nx run api:redis-audit');
  return code === 0;
}
