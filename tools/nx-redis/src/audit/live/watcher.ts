// Loaded by `--require` before the application: hears every socket it opens and walks its modules.
import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, subscribe, tracingChannel } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { Module } from 'node:module';
import type { Socket } from 'node:net';
import { relative, sep } from 'node:path';
import { BOOTED, type Booted, type LiveReport, type OpenedSocket, REPORT_FILE } from './booted';
import { injectionsOf } from './nest-graph';
import { parseClientList } from './client-list';

const sockets: OpenedSocket[] = [];
let ioredisConnects = 0;

/** Of ioredis it is known from where it was told to connect; its own socket is opened later, from nowhere. */
const connecting = new AsyncLocalStorage<string[]>();
tracingChannel('ioredis:connect').start.bindStore(connecting as AsyncLocalStorage<unknown>, (message) => {
  if (!(message as { connectionEpoch?: number }).connectionEpoch) ioredisConnects++;
  return framesHere();
});
// A channel without a subscriber is not traced at all.
tracingChannel('ioredis:connect').subscribe({
  start() {},
  end() {},
  asyncStart() {},
  asyncEnd() {},
  error() {},
});

subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket };
  const opened: OpenedSocket = {
    local: undefined,
    port: undefined,
    stack: connecting.getStore() ?? framesHere(),
  };
  sockets.push(opened);
  socket.once('connect', () => {
    opened.local = `${String(socket.localAddress).replace(/^::ffff:/, '')}:${String(socket.localPort)}`;
    opened.port = socket.remotePort;
  });
});

channel(BOOTED).subscribe((message) => void report(message as Booted));

async function report(booted: Booted): Promise<void> {
  const seen: LiveReport = {
    injections: injectionsOf(booted.modules),
    loaded: [],
    clients: [],
    sockets: [],
    ioredisConnects: 0,
    connections: booted.connections,
  };
  try {
    await booted.work();
    seen.loaded = loadedFiles();
    // Whoever asks for the list may have a connection of his own.
    seen.sockets = [...sockets];
    seen.ioredisConnects = ioredisConnects;
    seen.clients = parseClientList(await booted.clientList());
  } catch (error) {
    seen.error = error instanceof Error ? error.message : String(error);
  }
  // What is opened while closing is no part of it.
  writeFileSync(process.env[REPORT_FILE] ?? 'redis-audit-live.json', JSON.stringify(seen));
  await booted.close();
}

/** What `require.cache` holds, which is one for the whole process. The command runs at the root of the repository. */
function loadedFiles(): string[] {
  const { _cache: cache } = Module as unknown as { _cache: Record<string, unknown> };
  return Object.keys(cache)
    .map((file) => relative(process.cwd(), file).split(sep).join('/'))
    .filter((file) => !file.startsWith('..') && !/(^|\/)node_modules\//.test(file))
    .sort();
}

/** Where in the repository this is called from. */
function framesHere(): string[] {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  const stack = new Error().stack ?? '';
  Error.stackTraceLimit = before;
  return stack
    .split('\n')
    .slice(1)
    .map((line) => line.trim().replace(/^at /, ''))
    .filter((line) => !/\(?node:|^internal\//.test(line) && !line.includes(__filename));
}
