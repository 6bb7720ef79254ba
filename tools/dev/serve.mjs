// What `nx serve api` runs: starts the supervisor (serve/supervisor.mjs) and stays as long as that does.
//
// Nx ends a task by a signal to every descendant at once, which would take the database from an API that still answers
// requests, and PostgreSQL's helpers from PostgreSQL. So the supervisor is nobody's child: the shell that started it is
// gone. It stops, in its own order, when the pipe from here closes, which happens however this process ends.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import './process/say.mjs';

const supervisor = fileURLToPath(new URL('serve/supervisor.mjs', import.meta.url));
const shell = spawn('sh', ['-c', '"$@" <&4 &', 'sh', process.execPath, supervisor], {
  detached: true,
  stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
});
const [, , , exitCode, life] = shell.stdio;

let said = '';
exitCode.on('data', (chunk) => (said += chunk)).on('close', () => process.exit(said === '0' ? 0 : 1));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => life.end());
life.on('error', () => undefined);

// Whoever started this process may be killed without a word: its parent, or `npm start` behind it.
const parent = process.ppid;
const starter = Number(process.env.SLUICE_START_PID);
setInterval(() => {
  if (process.ppid !== parent || (starter && !exists(starter))) life.end();
}, 500);

function exists(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
