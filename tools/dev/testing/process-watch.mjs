import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Keeps account, through /proc, of every process that comes of one start. Those are found by a variable in their
 * environment, however far they have moved from their parents, and by being a child of one that was found before:
 * PostgreSQL writes its title over its environment.
 */
export class ProcessWatch {
  /** To be put into the environment of what is started. */
  environment = { SLUICE_SPEC_MARK: randomUUID() };
  #seen = new Map();
  #timer = setInterval(() => this.#look(), 50);

  /** The commands of all processes that were ever seen, each as it was called last. */
  get commands() {
    return [...this.#seen.values()].map(({ command }) => command);
  }

  /** The processes that are there now. */
  alive() {
    this.#look();
    return [...this.#seen.values()].filter(({ pid, born }) => readProcess(pid)?.born === born);
  }

  /**
   * Waits until none is there.
   * @returns those that are left when the time is over
   */
  async left(milliseconds) {
    const deadline = performance.now() + milliseconds;
    while (this.alive().length > 0 && performance.now() < deadline) await pause(50);
    return this.alive().map(({ pid, command }) => `${pid} ${command}`);
  }

  /** Ends what a failed test left behind. */
  end() {
    for (const { pid } of this.alive()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    clearInterval(this.#timer);
  }

  #look() {
    const found = readdirSync('/proc').flatMap((name) =>
      /^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : [],
    );
    // Parents are older than their children, so that one pass finds grandchildren too.
    for (const one of found.sort((a, b) => a.born - b.born)) {
      const known = this.#seen.get(one.pid);
      if (known?.born === one.born) {
        // Looked at between fork and exec, a process still has the name of its parent.
        known.command = one.command || known.command;
        continue;
      }
      const parent = this.#seen.get(one.parent);
      const inherited = parent !== undefined && parent.born <= one.born && one.pid !== process.pid;
      if (inherited || environmentOf(one.pid).includes(this.environment.SLUICE_SPEC_MARK)) {
        this.#seen.set(one.pid, one);
      }
    }
  }
}

/** A process with the moment it was started at (its number alone is soon somebody else's); undefined when it has ended. */
function readProcess(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(fields[1]), born: Number(fields[19]), command };
  } catch {
    return undefined;
  }
}

function environmentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
