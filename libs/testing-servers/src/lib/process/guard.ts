import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Watches over one server from outside this process. */
export interface Guard {
  /** These processes are stopped by SIGSTOP now; they cannot die of their parent's death and must be woken for it. */
  frozen(pids: readonly number[]): void;
  /** The server is gone: nothing to watch any more. */
  dismiss(): void;
}

// Its standard input is a pipe that only this process holds, so it ends when this process does, however that
// happens (SIGKILL too, when no exit handler runs). Jest's sandbox is another reason: exit handlers set in it never run.
const script = `
trap '' HUP INT TERM QUIT
frozen=
while read -r line; do frozen=$line; done
kill -CONT $frozen $1
kill -$2 $1
tries=0
while kill -0 $1 && [ $tries -lt 30 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -KILL $1 $frozen
if [ -n "$3" ]; then rm -rf "$3"; fi
`;

/**
 * Starts a guard that ends the server when this process dies.
 * @param stopSignal tried for three seconds before SIGKILL
 * @param scratch a folder that is deleted afterwards
 */
export function guard(pid: number, stopSignal: NodeJS.Signals, scratch = ''): Guard {
  const child = spawn('sh', ['-c', script, 'guard', String(pid), stopSignal.slice(3), scratch], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  (child.stdin as Socket).unref();
  return {
    frozen: (pids) => void child.stdin.write(`${pids.join(' ')}\n`),
    dismiss: () => void child.kill('SIGKILL'),
  };
}
