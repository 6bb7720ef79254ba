import { contenderProcesses } from '../lib/contender-processes.mjs';

export const { startContender, withContenders, withTeam } = contenderProcesses(
  new URL('./contender-main.mjs', import.meta.url),
);
