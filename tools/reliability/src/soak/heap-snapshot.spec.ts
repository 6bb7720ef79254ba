import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HeapContents, readHeapSnapshot } from './heap-snapshot';

const KIB = 1024;
const FUNCTIONS = Array.from(
  { length: 500 },
  (_, n) => `(x) => { let sum = ${n}; for (let i = x % 7; i > 0; i--) sum += i * x; return sum; }`,
);
/** A server, as far as memory goes: it keeps 200 characters of each request, or its functions get hot. */
const PROGRAM = `
  setInterval(() => {}, 60_000);
  process.on('disconnect', () => process.exit());
  const kept = new Map();
  const functions = [${FUNCTIONS.join()}];
  process.on('message', ({ requests = 0, calls = 0 }) => {
    for (let n = 0; n < requests; n++) kept.set(kept.size, String(kept.size).padEnd(200, '.'));
    for (const one of functions) for (let n = 0; n < calls; n++) one(n);
    if (requests || calls) process.send({ done: true });
  });
`;

const folder = mkdtempSync(join(tmpdir(), 'sluice-heap-'));
let child: ChildProcess;

beforeAll(() => {
  child = spawn(process.execPath, ['--require', join(__dirname, 'hook.cjs'), '--eval', PROGRAM], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
});

afterAll(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Until it has said this; what else it says, as that it stood still, is no answer. */
function answer(question: object, word: string): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', function listen(said: object) {
      if (!(word in said)) return;
      child.off('message', listen);
      resolve();
    });
    child.send(question);
  });
}

async function measure(): Promise<HeapContents> {
  const snapshotTo = join(folder, 'one.heapsnapshot');
  await answer({ snapshotTo }, 'resources');
  return readHeapSnapshot(snapshotTo);
}

async function growthBy(question: object): Promise<HeapContents> {
  const before = await measure();
  await answer(question, 'done');
  const after = await measure();
  return {
    objectBytes: after.objectBytes - before.objectBytes,
    codeBytes: after.codeBytes - before.codeBytes,
  };
}

it('tells what a program keeps from what V8 makes of its functions when they get hot', async () => {
  const hot = await growthBy({ calls: 5_000 });
  const kept = await growthBy({ requests: 5_000 });
  expect(hot.codeBytes).toBeGreaterThan(500 * KIB);
  expect(hot.objectBytes).toBeLessThan(50 * KIB);
  expect(kept.objectBytes).toBeGreaterThan(5_000 * 200);
  expect(kept.codeBytes).toBeLessThan(50 * KIB);
});
