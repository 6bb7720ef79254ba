import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The processes that `pid` started and that are still there. PostgreSQL's each lead a group of their own, so a group does not find them. */
export function childrenOf(pid: number): number[] {
  return listProcesses()
    .filter((candidate) => candidate.parent === pid)
    .map((candidate) => candidate.pid);
}

/** Whether the process still does anything. One that has ended and was not reaped by its parent does not. */
export function isAlive(pid: number): boolean {
  if (process.platform === 'linux') return readStat(pid) !== undefined;
  return signal(pid, 0);
}

/** Sends a signal; false when there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

interface ProcessEntry {
  pid: number;
  parent: number;
}

// Slim container images have no `ps`, and other systems have no /proc.
function listProcesses(): ProcessEntry[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []));
  }
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([pid = 0, parent = 0]) => ({ pid, parent }));
}

function readStat(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name stands in parentheses and may contain any character: count from its end.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : { pid, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
