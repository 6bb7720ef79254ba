// Loaded into each API process: tells on request what lives in it when all garbage is gone, and by itself when it was
// not let run for a while, as happens on a busy machine: its deadlines have then passed for no fault of its own.
const EVERY_MS = 50;
// The shortest deadline: REDIS_CACHE_TIMEOUT_MS.
const STALL_MS = 100;

process.on('message', (message) => {
  if (message !== 'measure') return;
  global.gc();
  global.gc();
  process.send({ heapBytes: process.memoryUsage().heapUsed, resources: process.getActiveResourcesInfo() });
  last = performance.now();
});
// Whoever started it may be gone, and it ends by itself all the same.
process.channel.unref();

let last = performance.now();
setInterval(() => {
  const now = performance.now();
  const late = now - last - EVERY_MS;
  last = now;
  if (late > STALL_MS && process.connected) process.send({ stalledMs: late });
}, EVERY_MS).unref();
