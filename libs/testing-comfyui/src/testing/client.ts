import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { JsonObject } from '../lib/python/json';
import { openRequest } from './raw-request';

export interface GraphOptions {
  readonly text?: string;
  /** As JSON has it: a number or a literal. */
  readonly seed?: number | string;
  readonly width?: number;
  readonly height?: number;
  readonly batch?: number;
  readonly steps?: number;
  readonly prefix?: string;
  readonly checkpoint?: string;
}

/** A text-to-image graph as JSON text, so that a seed beyond 2^53 stays what it is. */
export function graph(options: GraphOptions = {}): string {
  const { text = 'a castle', seed = 1, width = 64, height = 32, batch = 1, steps = 4 } = options;
  const { prefix = 'spec', checkpoint = 'sluice-simulator.safetensors' } = options;
  return `{
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": ${JSON.stringify(checkpoint)}}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": ${JSON.stringify(text)}, "clip": ["1", 1]}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["1", 1]}},
    "4": {"class_type": "EmptyLatentImage", "inputs": {"width": ${width}, "height": ${height}, "batch_size": ${batch}}},
    "5": {"class_type": "KSampler", "inputs": {"model": ["1", 0], "seed": ${seed}, "steps": ${steps}, "cfg": 7.5,
      "sampler_name": "euler", "scheduler": "normal", "positive": ["2", 0], "negative": ["3", 0],
      "latent_image": ["4", 0], "denoise": 1}},
    "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
    "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": ${JSON.stringify(prefix)}}}
  }`;
}

export interface Submission extends GraphOptions {
  readonly promptId?: string;
  readonly clientId?: string;
  readonly number?: number;
  readonly workflow?: JsonObject;
}

interface Image {
  readonly filename: string;
  readonly subfolder: string;
  readonly type: string;
}

export interface HistoryEntry {
  readonly status: {
    readonly status_str: string;
    readonly completed: boolean;
    readonly messages: [string, JsonObject][];
  };
  readonly outputs: Record<string, { images: Image[] }>;
}

/** A plain client of one server. */
export class Client {
  constructor(
    readonly url: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  get(path: string): Promise<Response> {
    return this.ask('GET', path);
  }

  post(path: string, body: string): Promise<Response> {
    return this.ask('POST', path, body);
  }

  /** Sends a prompt. @returns its id */
  async submit({
    promptId = randomUUID(),
    clientId,
    number,
    workflow,
    ...options
  }: Submission = {}): Promise<string> {
    const response = await this.send({ promptId, clientId, number, workflow, ...options });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return promptId;
  }

  send({ promptId, clientId, number, workflow, ...options }: Submission): Promise<Response> {
    const extra = {
      prompt_id: promptId,
      client_id: clientId,
      number,
      ...(workflow && { extra_data: { extra_pnginfo: { workflow } } }),
    };
    const rest = JSON.stringify(extra).slice(1);
    return this.post('/prompt', `{"prompt": ${graph(options)}${rest === '}' ? '' : ','}${rest}`);
  }

  /** Waits until the history knows the prompt. */
  async finished(promptId: string): Promise<HistoryEntry> {
    for (;;) {
      const entry = await this.history(promptId);
      if (entry) return entry;
      await pause(5);
    }
  }

  async history(promptId: string): Promise<HistoryEntry | undefined> {
    const entries = (await (await this.get(`/history/${promptId}`)).json()) as Record<string, HistoryEntry>;
    return entries[promptId];
  }

  async queue(): Promise<{ running: string[]; pending: string[] }> {
    type Items = [number, string][];
    const queue = (await (await this.get('/queue')).json()) as { queue_running: Items; queue_pending: Items };
    return {
      running: queue.queue_running.map(([, id]) => id),
      pending: queue.queue_pending.map(([, id]) => id),
    };
  }

  /** Waits until the prompt runs. */
  async running(promptId: string): Promise<void> {
    while (!(await this.queue()).running.includes(promptId)) await pause(5);
  }

  view({ filename, subfolder, type }: Image): Promise<Response> {
    return this.get(`/view?${new URLSearchParams({ filename, subfolder, type }).toString()}`);
  }

  /** Runs a prompt. @returns the bytes of its images */
  async paint(submission: Submission = {}): Promise<Buffer[]> {
    const { outputs } = await this.finished(await this.submit(submission));
    const images = outputs['7']?.images ?? [];
    return Promise.all(
      images.map(async (image) => Buffer.from(await (await this.view(image)).arrayBuffer())),
    );
  }

  private async ask(method: string, path: string, body?: string): Promise<Response> {
    const answer = await openRequest(this.url, method, path, this.headers, body);
    return new Response(Readable.toWeb(answer) as ReadableStream, {
      status: answer.statusCode,
      headers: answer.headers as Record<string, string>,
    });
  }

  async listen(clientId: string): Promise<Listener> {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/ws?clientId=${clientId}`, {
      headers: this.headers,
    });
    const listener = new Listener(socket);
    await once(socket, 'open');
    return listener;
  }
}

export interface Event {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** A socket and what it has heard. */
export class Listener {
  readonly events: Event[] = [];
  readonly binaries: Buffer[] = [];
  readonly closed: Promise<number>;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (bytes: Buffer, isBinary) => {
      if (isBinary) this.binaries.push(bytes);
      else this.events.push(JSON.parse(bytes.toString()) as Event);
    });
    socket.on('error', () => undefined);
    this.closed = once(socket, 'close').then(([code]) => code as number);
  }

  /** Waits for an event that fits. */
  async heard(type: string, fits: (data: Event['data']) => boolean = () => true): Promise<Event> {
    for (;;) {
      const found = this.events.find((event) => event.type === type && fits(event.data));
      if (found) return found;
      await Promise.race([
        once(this.socket, 'message'),
        this.closed.then(() => Promise.reject(new Error('closed'))),
      ]);
    }
  }

  /** Waits until all that was sent so far is here. */
  async caughtUp(): Promise<void> {
    const pong = once(this.socket, 'pong');
    this.socket.ping();
    await pong;
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }
}
