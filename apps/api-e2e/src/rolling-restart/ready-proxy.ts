import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const PROBE_EVERY_MS = 100;
const PROBE_WITHIN_MS = 2_000;

interface Upstream {
  readonly url: string;
  /** Keeps connections, as proxies do: whoever closes one while a request is on its way has lost that request. */
  readonly agent: Agent;
  ready: boolean;
  gone: boolean;
  answered: number;
}

/**
 * A load balancer as there is one in front of every deployment: requests go in turn to the instances whose
 * `/health/ready` is 200, over connections that are kept. It never sends a request twice: what an instance drops is
 * a 502, and noted.
 */
export class ReadyProxy {
  /** Requests that no instance has answered, or not to the end. */
  readonly losses: string[] = [];
  readonly #upstreams: Upstream[] = [];
  readonly #server = createServer((asked, answer) => this.#pass(asked, answer));
  #turn = 0;

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many requests each instance has answered so far. */
  get answered(): number[] {
    return this.#upstreams.map(({ answered }) => answered);
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Takes an instance in; resolves when it gets requests. */
  async add(url: string): Promise<void> {
    const upstream: Upstream = {
      url,
      agent: new Agent({ keepAlive: true }),
      ready: await isReady(url),
      gone: false,
      answered: 0,
    };
    this.#upstreams.push(upstream);
    void this.#watch(upstream);
    while (!upstream.ready) await pause(PROBE_EVERY_MS);
  }

  /** It has ended: nobody asks it any more. */
  remove(url: string): void {
    for (const upstream of this.#upstreams.filter((one) => one.url === url)) {
      upstream.gone = true;
      upstream.ready = false;
      upstream.agent.destroy();
    }
  }

  async close(): Promise<void> {
    for (const { url } of this.#upstreams) this.remove(url);
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #watch(upstream: Upstream): Promise<void> {
    while (!upstream.gone) {
      const ready = await isReady(upstream.url);
      upstream.ready = ready && !upstream.gone;
      await pause(PROBE_EVERY_MS);
    }
  }

  #next(): Upstream | undefined {
    const ready = this.#upstreams.filter((upstream) => upstream.ready);
    this.#turn += 1;
    return ready[this.#turn % ready.length];
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const upstream = this.#next();
    const what = `${asked.method} ${asked.url?.replace(/[?].*/, '')}`;
    const lost = (why: string) => {
      if (answer.destroyed || answer.writableEnded) return; // The client has hung up.
      this.losses.push(`${what}: ${why}`);
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502).end();
    };
    if (!upstream) return lost('no instance is ready');
    const headers = { ...asked.headers };
    delete headers.connection; // Of this hop alone.
    const { agent } = upstream;
    const passed = request(new URL(asked.url ?? '/', upstream.url), { method: asked.method, headers, agent });
    passed.on('error', (error) => lost((error as NodeJS.ErrnoException).code ?? error.message));
    passed.on('response', (response) => {
      const own = { ...response.headers };
      delete own.connection;
      answer.writeHead(response.statusCode ?? 502, own);
      answer.flushHeaders();
      response.pipe(answer);
      response.on('end', () => (upstream.answered += 1));
      response.on('error', () => lost('the answer has no end'));
    });
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PROBE_WITHIN_MS) }).then(
    async (response) => {
      await response.text();
      return response.ok;
    },
    () => false,
  );
}
