import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

// Its standard input is a pipe that only this process holds, so it ends when this process does, however that happens.
const script = 'cat > /dev/null; kill -KILL "$1"; if [ -n "$2" ]; then rm -rf "$2"; fi';

/**
 * Kills the process, frozen or not, when this one is gone.
 * @param directory deleted then too; none when empty
 * @returns ends the watch
 */
export function watch(pid: number, directory: string): () => void {
  const watcher = spawn('sh', ['-c', script, 'watcher', String(pid), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  (watcher.stdin as Socket).unref();
  return () => void watcher.kill('SIGKILL');
}
