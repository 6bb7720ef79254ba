import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import './say.mjs';

const groups = new Set();
let stopping;

/**
 * Starts a program as the head of a process group of its own, so that it and all that it starts can be ended together.
 * A terminal's Ctrl-C does not reach the group; `stopOnSignal` passes it on.
 * @param options.within milliseconds after which the group is killed; no limit by default
 * @param options.capture keeps the output instead of showing it
 * @returns `exited` resolves to `{ code, output }`; code is null when it was killed or could not be run
 */
export function launch(command, args, { within, capture, ...options } = {}) {
  const shown = capture ? 'pipe' : 'inherit';
  const child = spawn(command, args, { stdio: ['ignore', shown, shown], ...options, detached: true });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  if (child.pid !== undefined) groups.add(child.pid);
  const timer = within && setTimeout(() => signalGroup(child.pid, 'SIGKILL'), within);
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  }).finally(() => {
    clearTimeout(timer);
    if (!signalGroup(child.pid, 0)) groups.delete(child.pid);
  });
  return { exited };
}

/** `launch` for a program that is waited for. */
export function run(command, args, options) {
  return launch(command, args, options).exited;
}

/** Ends every group: SIGTERM, and SIGKILL for what is left after 8.5 s. */
export async function stopGroups() {
  const deadline = performance.now() + 8_500;
  for (const group of groups) signalGroup(group, 'SIGTERM');
  while ([...groups].some((group) => signalGroup(group, 0)) && performance.now() < deadline) await pause(50);
  for (const group of groups) signalGroup(group, 'SIGKILL');
}

/**
 * On SIGINT, SIGTERM and SIGHUP (the terminal was closed), or when npm, which started this process, is gone:
 * ends every group, then this process.
 * @param exitCode given the signal
 */
export function stopOnSignal(exitCode) {
  const stop = (signal) => {
    stopping ??= stopGroups().finally(() => process.exit(exitCode(signal)));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) {
    setInterval(() => process.ppid !== parent && stop('SIGHUP'), 500).unref();
  }
}

/** Whether a stop was asked for: what fails then fails because of it. */
export function isStopping() {
  return stopping !== undefined;
}

function signalGroup(group, signal) {
  if (group === undefined) return false;
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
