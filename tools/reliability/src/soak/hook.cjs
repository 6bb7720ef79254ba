// Loaded into each API process: shows on request what lives in it, and tells by itself when it stood still for a while,
// as happens on a busy machine: its deadlines have then passed for no fault of its own.
const { writeHeapSnapshot } = require('node:v8');

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
  if (message.snapshotTo === undefined) return;
  const resources = process.getActiveResourcesInfo();
  // All garbage is collected first. It stands still meanwhile, for seconds.
  writeHeapSnapshot(message.snapshotTo);
  process.send({ resources });
});
// Whoever started it may be gone, and it ends by itself all the same.
process.channel.unref();
