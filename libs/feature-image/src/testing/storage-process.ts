import { type ChildProcess, execFile, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MAIN = join(__dirname, 'storage-main.ts');
const RETENTION_MAIN = join(__dirname, 'retention-main.ts');
const NODE_OPTIONS = ['--conditions=@sluice/source', '--require=@sluice/testing-servers/register'];

/** A process that works on a storage until it is killed. It ends with this one in any case. */
export class StorageProcess {
  private readonly child: ChildProcess;

  private constructor(main: string, args: readonly string[]) {
    this.child = fork(main, args, {
      execArgv: NODE_OPTIONS,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  /** It puts files into a storage. */
  static put(task: 'stall' | 'putOn', directory: string): StorageProcess {
    return new StorageProcess(MAIN, [task, directory]);
  }

  /** It removes what is deleted, and stands still before the file of this number. Resolves when it does. */
  static async remove(directory: string, databaseUrl: string, stopAt: number): Promise<StorageProcess> {
    const remover = new StorageProcess(RETENTION_MAIN, [directory, databaseUrl, String(stopAt)]);
    const [said] = (await Promise.race([once(remover.child, 'message'), once(remover.child, 'exit')])) as [
      unknown,
    ];
    if (said !== 'standing') throw new Error(`The process ended with ${String(said)} instead.`);
    return remover;
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

export interface Filled {
  code: string;
  reason: string;
  /** Files left unfinished when it was full. */
  unfinished: number;
  stored: number;
  broken: number;
  /** What became of a small file when all others were deleted. */
  again: string;
}

/** Whether a process of ours can run at all in such a shell, after such commands. */
export function runsIn([command = '', ...words]: string[], before: string): boolean {
  const script = `${before} && exec "$0" "$@"`;
  const args = [...words, '-c', script, process.execPath, ...NODE_OPTIONS, '-e', ''];
  return spawnSync(command, args, { timeout: 15_000 }).status === 0;
}

/**
 * Fills a storage with files of so many bytes.
 *
 * @param before shell commands that make the room small; `$DIRECTORY` is the storage's folder
 */
export async function fillStorage(
  directory: string,
  bytes: number,
  before: string,
  shell = ['sh'],
): Promise<Filled> {
  const [command = 'sh', ...words] = shell;
  const script = `${before} && exec "$0" "$@"`;
  const args = [
    ...words,
    '-c',
    script,
    process.execPath,
    ...NODE_OPTIONS,
    MAIN,
    'fill',
    directory,
    String(bytes),
  ];
  const { stdout } = await promisify(execFile)(command, args, {
    env: { ...process.env, DIRECTORY: directory },
    timeout: 15_000,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout) as Filled;
}
