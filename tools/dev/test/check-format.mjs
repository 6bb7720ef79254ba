import { run } from '../process/process-group.mjs';
import { say } from '../process/say.mjs';
import { installedProgram, workspace } from '../setup/workspace.mjs';

const within = 5 * 60_000;

/** Whether all files are written as prettier writes them; names those that are not. */
export async function checkFormat() {
  const words = [installedProgram('prettier'), '--check', '--log-level=warn', '.'];
  const { code } = await run(process.execPath, words, { cwd: workspace, within });
  if (code !== 0) say('To mend the format: npx prettier --write .');
  return code === 0;
}
