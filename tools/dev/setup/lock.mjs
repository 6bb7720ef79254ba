import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { say } from '../process/say.mjs';

const beat = 1_000;
const staleAfter = 10_000;

/**
 * Runs `work` while no other process runs one under the same lock file. The holder touches the file each second;
 * one that has not done so for ten is dead, whatever became of its process number (which means nothing between containers).
 */
export async function withLock(file, work) {
  const token = randomUUID();
  await acquire(file, token);
  const heart = setInterval(() => touch(file), beat);
  const release = () => {
    if (read(file) === token) rmSync(file, { force: true });
  };
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(heart);
    process.off('exit', release);
    release();
  }
}

async function acquire(file, token) {
  for (let told = false; !create(file, token); await pause(200)) {
    if (!told) say('Another set-up is at work in this tree; waiting for it.');
    told = true;
    breakStale(file);
  }
}

function create(file, token) {
  try {
    writeFileSync(file, token, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

// Two that wait may both see the dead one's lock. Only the first to make this folder may remove it; the other would
// remove the first one's new lock.
function breakStale(file) {
  const holder = read(file);
  if (holder === undefined || age(file) < staleAfter) return;
  try {
    mkdirSync(`${file}.broken-${holder}`);
  } catch {
    return;
  }
  if (read(file) === holder) rmSync(file, { force: true });
  rmSync(`${file}.broken-${holder}`, { recursive: true });
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function age(file) {
  const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity };
  return Date.now() - mtimeMs;
}

function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody removed `.data` meanwhile; the work goes on.
  }
}
