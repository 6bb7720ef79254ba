import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Account, call, register } from '../support/api-client';
import type { Fleet } from './fleet';

export interface Asked {
  id: string;
  account: Account;
}

export interface SeenImage {
  id: string;
  status: string;
  error?: { code: string };
  links: { file?: string; thumb?: string };
}

const PATIENCE_MS = 60_000;

/** People who ask for images at whichever process serves, and ask again when it dies before it has answered. */
export class People {
  readonly #accounts: Account[] = [];

  constructor(private readonly fleet: Fleet) {}

  async register(count: number): Promise<void> {
    for (let n = 0; n < count; n++) this.#accounts.push(await register(this.fleet.url));
  }

  /** The nth image of all: people take turns, and each picture is another one. */
  async ask(n: number): Promise<Asked> {
    const account = this.#accounts[n % this.#accounts.length] as Account;
    const body = { prompt: `picture ${n}`, width: 64, height: 64, seed: String(n) };
    const headers = { 'idempotency-key': randomUUID() };
    const image = await this.#until(202, 'POST', '/api/images', { account, body, headers });
    return { id: image.id, account };
  }

  cancel({ id, account }: Asked): Promise<SeenImage> {
    return this.#until(202, 'POST', `/api/images/${id}/cancel`, { account });
  }

  see({ id, account }: Asked): Promise<SeenImage> {
    return this.#until(200, 'GET', `/api/images/${id}`, { account });
  }

  /** Everything here is safe to repeat. */
  async #until(
    status: number,
    method: string,
    path: string,
    { account, ...rest }: { account: Account; body?: unknown; headers?: Record<string, string> },
  ): Promise<SeenImage> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const options = { token: account.accessToken, ...rest };
      const answer = await call<SeenImage>(this.fleet.url, method, path, options).catch(() => undefined);
      if (answer?.status === status) return answer.body;
      // A process that ends says 503; one that died says nothing.
      const mayPass = answer === undefined || answer.status === 503;
      if (!mayPass || Date.now() > deadline) {
        throw new Error(`${method} ${path} is ${answer?.status}: ${JSON.stringify(answer?.body)}`);
      }
      await pause(100);
    }
  }
}
