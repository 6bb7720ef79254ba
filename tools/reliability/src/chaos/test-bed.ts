import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startComfyUiProcess } from '@sluice/testing-comfyui';
import type { ComfyUiProcess } from '@sluice/testing-comfyui';
import { freePort, pollUntil, provideDatabase } from '@sluice/testing-servers';
import type { ProvidedDatabase } from '@sluice/testing-servers';
import { MANAGEMENT_TOKEN } from './probes/http';
import { ServedProcess } from './processes/served-process';
import type { Servers } from './servers/servers';
import { THROTTLE } from './throttle';

const API = join(__dirname, '../../../../apps/api/dist/main.js');
const READY_WITHIN_MS = 90_000;

/** Those who ask: the library, and the clients of the API. */
export interface Probes {
  readonly library: ServedProcess;
  readonly clients: ServedProcess;
}

/** Everything that is not Redis: the database, the painter, and two processes of the API. Kept for many faults. */
export class TestBed {
  #probes: Probes | undefined;

  private constructor(
    readonly servers: Servers,
    readonly comfy: ComfyUiProcess,
    readonly apis: readonly ServedProcess[],
    private readonly database: ProvidedDatabase,
    private readonly folder: string,
  ) {}

  get probes(): Probes {
    if (!this.#probes) throw new Error('the probes did not start');
    return this.#probes;
  }

  static async start(startServers: () => Promise<Servers>): Promise<TestBed> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-chaos-'));
    const [servers, database, comfy] = await Promise.all([
      startServers(),
      provideDatabase(),
      startComfyUiProcess({ paintMs: 50, previews: false }),
    ]);
    const ports = await Promise.all([freePort(), freePort()]);
    const apis = ports.map((port, i) =>
      ServedProcess.start(`API ${i + 1}`, {
        main: API,
        env: {
          ...servers.env,
          NODE_ENV: 'production',
          APP_SECRET: 'chaos-secret-that-is-long-enough-for-production',
          LOG_LEVEL: 'warn',
          HOST: '127.0.0.1',
          PORT: String(port),
          DATABASE_URL: database.url,
          MANAGEMENT_TOKEN,
          TRUSTED_PROXIES: 'loopback',
          COMFYUI_URLS: comfy.url,
          COMFYUI_CHECKPOINT: 'sluice-simulator.safetensors',
          IMAGES_DIR: folder,
          THROTTLE_REQUESTS_PER_MINUTE: String(THROTTLE.perSecond * 60),
          THROTTLE_BURST: String(THROTTLE.burst),
          THROTTLE_INSTANCES: '2',
          THROTTLE_SIGN_IN_PER_MINUTE: '1000',
          THROTTLE_IMAGES_PER_MINUTE: '1000',
        },
      }),
    );
    const urls = ports.map((port) => `http://127.0.0.1:${port}`);
    const bed = new TestBed(servers, comfy, apis, database, folder);
    try {
      await Promise.all(urls.map((url, i) => served(url, apis[i] as ServedProcess)));
      bed.#probes = await startProbes(servers, urls);
    } catch (error) {
      await bed.stop();
      throw error;
    }
    return bed;
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.#probes ?? {}).map((probe: ServedProcess) => probe.stop()));
    await Promise.all(this.apis.map((api) => api.stop()));
    await Promise.all([this.servers.stop(), this.database.stop(), this.comfy.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function startProbes(servers: Servers, urls: readonly string[]): Promise<Probes> {
  const start = (name: string, main: string, env: Readonly<Record<string, string>>) =>
    ServedProcess.start(name, { main: join(__dirname, main), env, source: true });
  const library = start('library', 'processes/library-main.ts', servers.env);
  const clients = start('clients', 'processes/http-main.ts', { CHAOS_API_URLS: urls.join(',') });
  const ready = () => library.ready && clients.ready;
  try {
    if (await pollUntil(ready, READY_WITHIN_MS)) return { library, clients };
    throw new Error('the probes did not start');
  } catch (error) {
    await Promise.all([library.stop(), clients.stop()]);
    throw error;
  }
}

async function served(url: string, api: ServedProcess): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const live = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(1_000) }).catch(
      () => undefined,
    );
    if (live?.ok) return;
    if (!api.running || performance.now() > deadline) {
      throw new Error(`${api.name} does not serve:\n${api.output.slice(-3_000)}`);
    }
    await pause(50);
  }
}
