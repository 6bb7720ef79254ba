// Runs first in every process of the matrix: says how much memory is in use and when the process stood still,
// and is the resolver of names that end in `.chaos.test`, which can be told to know them no longer.
const dns = require('node:dns');

const TICK_MS = 20;
const NAMES = '.chaos.test';

let known = true;
let refused = 0;
const resolve = dns.lookup;
dns.lookup = function lookup(name, options, callback) {
  if (typeof name !== 'string' || !name.endsWith(NAMES)) return resolve.call(dns, name, options, callback);
  const [told, all] = typeof options === 'function' ? [options, false] : [callback, options?.all === true];
  if (known) {
    const address = { address: '127.0.0.1', family: 4 };
    return void process.nextTick(() => (all ? told(null, [address]) : told(null, address.address, 4)));
  }
  refused += 1;
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
    ...{ code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo', hostname: name },
  });
  process.nextTick(() => told(error));
};

const send = (message) => process.connected && process.send(message, undefined, undefined, () => undefined);
const now = () => performance.timeOrigin + performance.now();

process.on('message', ({ ask, names }) => {
  if (names !== undefined) known = names;
  if (ask === 'lookups') send({ answer: ask, value: refused });
  if (ask !== 'memory') return;
  for (let i = 0; i < 2; i++) global.gc();
  const { heapUsed, external } = process.memoryUsage();
  send({ answer: ask, value: heapUsed + external });
});

let last = now();
setInterval(() => {
  const at = now();
  if (at - last > 2 * TICK_MS) send({ stall: [last + TICK_MS, at] });
  last = at;
}, TICK_MS).unref();
process.channel?.unref();
