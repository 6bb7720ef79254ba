import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocketServer } from 'ws';
import { dialectOf } from './dialect/dialect';
import type { ComfyUiVersion } from './dialect/version';
import { realTime } from './execution/pace';
import { ActiveFaults } from './faults/fault-switches';
import { ClaimedFiles } from './files/claimed-files';
import { FileStore } from './files/file-store';
import { Instance, type InstanceOptions } from './instance';
import { type Ledger, LedgerBook, readLedger } from './ledger/ledger';
import { imageNodes } from './nodes/images';
import { textToImageNodes } from './nodes/text-to-image';
import { createHttpServer, listen } from './protocol/http-server';
import { isForeign } from './protocol/origin';
import { Router } from './protocol/router';
import { allRoutes } from './protocol/routes/all-routes';
import { acceptSockets } from './protocol/upgrade';
import type { ComfyUi, ComfyUiInternals, ComfyUiOptions } from './start-comfyui';

const defaultCheckpoints = ['sluice-simulator.safetensors'];
const defaultPaintMs = 50;

interface Running {
  readonly instance: Instance;
  readonly http: Server;
  readonly webSockets: WebSocketServer;
  readonly connections: Set<Socket>;
}

/** A server that lives, dies and lives again on the same port; each life is an Instance. */
export class ComfyUiServer implements ComfyUi {
  readonly directory: string;
  readonly faults: ActiveFaults;
  port: number;
  private readonly host: string;
  private readonly isOwnDirectory: boolean;
  private readonly life: InstanceOptions;
  private running: Running | undefined;
  private listening = false;
  private lastChange = Promise.resolve();
  private stopped: Promise<void> | undefined;

  constructor(options: ComfyUiOptions, internals: ComfyUiInternals) {
    const dialect = dialectOf(options.version ?? '0.33.0');
    this.isOwnDirectory = options.directory === undefined;
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'comfyui-simulator-'));
    this.port = options.port ?? 0;
    this.host = options.host ?? '127.0.0.1';
    this.faults = new ActiveFaults(options.faults);
    const nodes = [...textToImageNodes, ...imageNodes, ...(internals.nodes ?? [])];
    this.life = {
      dialect,
      classes: new Map(nodes.map((node) => [node.name, node])),
      checkpoints: options.checkpoints ?? defaultCheckpoints,
      files: new FileStore(this.directory),
      claimed: new ClaimedFiles(),
      faults: this.faults,
      ledger: new LedgerBook(this.directory),
      paintMs: options.paintMs ?? defaultPaintMs,
      previews: options.previews ?? true,
      pace: internals.pace ?? realTime,
      orderOutputs: internals.orderOutputs ?? ((_, outputs) => outputs),
    };
    this.faults.onChange(() => this.obeyRefusal());
  }

  get url(): string {
    return `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  get version(): ComfyUiVersion {
    return this.life.dialect.version;
  }

  get ledger(): Ledger {
    return readLedger(this.directory);
  }

  get openSockets(): number {
    return this.running?.webSockets.clients.size ?? 0;
  }

  async start(): Promise<void> {
    if (this.stopped) throw new Error('This ComfyUI was stopped for good; start a new one instead.');
    const { dialect } = this.life;
    const instance = new Instance(this.life);
    const refuses = (request: Parameters<typeof isForeign>[0]) => isForeign(request, dialect);
    const http = createHttpServer({
      router: new Router(allRoutes(instance)),
      faults: this.faults,
      refuses,
      maxBody: dialect.features['max_upload_size'] as number,
    });
    const webSockets = acceptSockets(http, instance.sockets, this.faults, refuses);
    const connections = new Set<Socket>();
    http.on('connection', (connection: Socket) => {
      connections.add(connection);
      connection.on('close', () => connections.delete(connection));
    });
    this.running = { instance, http, webSockets, connections };
    await this.obeyRefusal();
  }

  async kill(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    if (!running) return;
    running.instance.die();
    await this.deafen(running);
    await running.instance.worker;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    try {
      await this.kill();
    } finally {
      if (this.isOwnDirectory) await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  /** Listens, or does not while the fault `refuse` is on; one change after the other. */
  private obeyRefusal(): Promise<void> {
    this.lastChange = this.lastChange.catch(() => undefined).then(() => this.changeListening());
    return this.lastChange;
  }

  private async changeListening(): Promise<void> {
    const { running } = this;
    if (!running) return;
    const refused = this.faults.get('refuse') !== undefined;
    if (refused) return this.deafen(running);
    if (this.listening) return;
    this.port = await listen(running.http, this.port, this.host);
    this.listening = true;
  }

  /** Cuts every connection, and takes no new ones. */
  private async deafen({ http, connections }: Running): Promise<void> {
    if (!this.listening) return;
    this.listening = false;
    const closed = new Promise((resolve) => http.close(resolve));
    // Also those that a fault never answers, which the HTTP server has lost sight of.
    for (const connection of connections) connection.destroy();
    await closed;
  }
}
