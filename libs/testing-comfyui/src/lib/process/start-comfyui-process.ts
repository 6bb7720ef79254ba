import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultSwitches } from '../faults/fault-switches';
import type { FaultName, FaultSettings, Faults } from '../faults/faults';
import { type Ledger, readLedger } from '../ledger/ledger';
import type { ComfyUiOptions } from '../start-comfyui';
import { ServerChild } from './child-process';

/** A ComfyUI server as a process of its own, to be killed and frozen. */
export interface ComfyUiProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Whether the process is there; true while it is frozen. */
  readonly running: boolean;
  /** Where its files and its ledger lie. */
  readonly directory: string;
  /** As those of `startComfyUi`; they stay on over a restart, with their `times` anew. Not while it is frozen. */
  readonly faults: FaultSwitches;
  /** What it has done so far, over all its lives; to be read at any time, also when it is dead. */
  readonly ledger: Ledger;
  /** SIGKILL; resolves when the process is gone. Files stay. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and new ones are accepted, but nothing answers. */
  freeze(): void;
  /** SIGCONT */
  resume(): void;
  /** Starts again on the same port, with an empty queue and history. Kills it first when it still runs. */
  restart(): Promise<void>;
  /** Ends it for good, and deletes its files unless you have named the directory. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts the simulator as a process of its own and waits until it listens. It does not outlive this process.
 * @throws Error with the end of its output when it does not come up
 */
export async function startComfyUiProcess(options: ComfyUiOptions = {}): Promise<ComfyUiProcess> {
  const server = new ComfyUiChild(options);
  await server.restart().catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return server;
}

class ComfyUiChild implements ComfyUiProcess {
  readonly directory: string;
  url = '';
  port: number;
  private child: ServerChild | undefined;
  private readonly active: { [Name in FaultName]?: object };
  private stopped: Promise<void> | undefined;

  constructor(private readonly options: ComfyUiOptions) {
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'comfyui-simulator-'));
    this.port = options.port ?? 0;
    this.active = { ...options.faults };
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get running(): boolean {
    return this.child?.isRunning ?? false;
  }

  get ledger(): Ledger {
    return readLedger(this.directory);
  }

  readonly faults: FaultSwitches = {
    on: async (name, settings: Faults[FaultName] | undefined) => {
      this.active[name] = settings ?? {};
      if (this.running) await this.child?.tell({ call: 'on', name, settings });
    },
    off: async (name) => {
      delete this.active[name];
      if (this.running) await this.child?.tell({ call: 'off', name });
    },
    clear: async () => {
      for (const name of Object.keys(this.active) as FaultName[]) delete this.active[name];
      if (this.running) await this.child?.tell({ call: 'clear' });
    },
  };

  async kill(): Promise<void> {
    await this.child?.kill();
  }

  freeze(): void {
    this.child?.signal('SIGSTOP');
  }

  resume(): void {
    this.child?.signal('SIGCONT');
  }

  async restart(): Promise<void> {
    if (this.stopped) throw new Error('This ComfyUI was stopped for good; start a new one instead.');
    await this.kill();
    const started = await ServerChild.start(this.environment(), this.options.directory ? '' : this.directory);
    this.child = started.child;
    this.port = started.port;
    this.url = started.url;
  }

  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    await this.child?.stop();
    if (!this.options.directory) await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  private environment(): NodeJS.ProcessEnv {
    const { checkpoints, host, paintMs, previews, version } = this.options;
    const faults: FaultSettings = this.active as FaultSettings;
    const given = {
      PORT: this.port,
      HOST: host,
      COMFYUI_VERSION: version,
      COMFYUI_PAINT_MS: paintMs,
      COMFYUI_PREVIEWS: previews,
      COMFYUI_CHECKPOINTS: checkpoints?.join(','),
      COMFYUI_DIRECTORY: this.directory,
      COMFYUI_FAULTS: JSON.stringify(faults),
    };
    const set = Object.entries(given).filter(([, value]) => value !== undefined);
    return {
      PATH: process.env['PATH'],
      ...Object.fromEntries(set.map(([name, value]) => [name, String(value)])),
    };
  }
}
