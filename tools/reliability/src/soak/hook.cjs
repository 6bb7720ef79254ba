// Loaded into each API process: tells on request what lives in it when all garbage is gone, and by itself when it stood
// still for a while, as happens on a busy machine: its deadlines have then passed for no fault of its own.
const EVERY_MS = 20;
const STALL_MS = 25;

const now = () => performance.timeOrigin + performance.now();

let last = now();
function look() {
  const from = last + EVERY_MS;
  last = now();
  if (last - from > STALL_MS && process.connected) process.send({ stall: [from, last] });
}
setInterval(look, EVERY_MS).unref();

process.on('message', (message) => {
  if (message === 'stalls') {
    look();
    process.send({ saidStalls: true });
  }
  if (message !== 'measure') return;
  global.gc();
  global.gc();
  process.send({ heapBytes: process.memoryUsage().heapUsed, resources: process.getActiveResourcesInfo() });
});
// Whoever started it may be gone, and it ends by itself all the same.
process.channel.unref();
