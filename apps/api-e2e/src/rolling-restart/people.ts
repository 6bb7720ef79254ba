import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Account, type Answer, call, register } from '../support/api-client';

interface Image {
  id: string;
  status: string;
  links: { events: string; file?: string };
}

const IMAGE_WITHIN_MS = 60_000;

/** People who use everything without a pause until they are told to end, and note every answer that is not the right one. */
export class People {
  readonly failures: string[] = [];
  /** How long each request took, in ms; streams apart. */
  readonly durations: number[] = [];
  /** Signed in again, images that were asked for and then seen complete, and streams that were opened again. */
  readonly done = { signIns: 0, images: 0, continuedStreams: 0 };
  readonly #ended = new AbortController();
  readonly #lives: Promise<void>[] = [];

  constructor(private readonly url: string) {}

  /** Each with an account, connections that are kept, and a way of life. */
  async begin(count: number): Promise<void> {
    const lives = [this.#writes, this.#paints, this.#comesAndGoes];
    const accounts = await Promise.all(Array.from({ length: count }, () => register(this.url)));
    for (const [i, account] of accounts.entries()) {
      const live = lives[i % lives.length] as (typeof lives)[number];
      this.#lives.push(this.#until(() => live.call(this, account)));
    }
  }

  /** Everybody ends what he has begun. */
  async end(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#lives);
  }

  async #until(life: () => Promise<void>): Promise<void> {
    while (!this.#ended.signal.aborted) {
      // What went wrong is noted already.
      await life().catch(() => undefined);
    }
  }

  /** @throws Error when it is not that status; it is noted, too */
  async #ask<T>(
    status: number,
    method: string,
    path: string,
    options: { token?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer<T>> {
    const what = `${method} ${path.replace(/[?].*/, '')}`;
    const answer = await call<T>(this.url, method, path, options).catch((error: unknown) => {
      const { cause, message } = error as Error & { cause?: Error };
      return this.#fail(`${what}: ${message} ${cause?.message ?? ''}`);
    });
    this.durations.push(answer.ms);
    if (answer.status !== status) this.#fail(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  #fail(what: string): never {
    this.failures.push(what);
    throw new Error(what);
  }

  /** Each write is seen in the next answer, whoever gives it. */
  async #writes({ accessToken: token }: Account): Promise<void> {
    const handle = `h_${randomUUID().slice(0, 12).replace(/-/g, '_')}`;
    const made = await this.#ask<{ id: string }>(201, 'POST', '/api/characters', {
      token,
      body: { name: 'Ada', handle },
    });
    const path = `/api/characters/${made.body.id}`;
    for (let n = 1; n <= 5; n++) {
      const name = `Ada ${n}`;
      await this.#ask(200, 'PATCH', path, { token, body: { name } });
      const seen = await this.#ask<{ name: string }>(200, 'GET', path, { token });
      if (seen.body.name !== name) this.#fail(`${path}: ${seen.body.name} instead of ${name}`);
    }
    await this.#ask(200, 'GET', '/api/characters?limit=5', { token });
    await this.#ask(204, 'DELETE', path, { token });
    await this.#ask(404, 'GET', path, { token });
  }

  async #paints({ accessToken: token }: Account): Promise<void> {
    const { id } = await this.#seeImage(token, this.url);
    const seen = await this.#ask<Image>(200, 'GET', `/api/images/${id}`, { token });
    await this.#ask(200, 'GET', seen.body.links.file ?? '', {});
    await this.#ask(200, 'GET', '/api/gallery?limit=5', { token });
    this.done.images += 1;
  }

  /** An image of somebody new, who has watched it at this instance when it resolves, and goes on until it is complete. */
  async watchAt(url: string): Promise<{ completed: Promise<void> }> {
    const { accessToken } = await register(this.url);
    let opened: () => void = () => undefined;
    const open = new Promise<void>((resolve) => (opened = resolve));
    const completed = this.#seeImage(accessToken, url, opened).then(() => undefined);
    await Promise.race([open, completed]);
    return { completed };
  }

  /** Asks for an image and watches it to its end; a stream that ends before that is opened again, as browsers do. */
  async #seeImage(token: string, firstAt: string, opened = () => undefined as void): Promise<Image> {
    const body = { prompt: 'a mill', width: 64, height: 64 };
    const headers = { 'idempotency-key': randomUUID() };
    const asked = await this.#ask<Image>(202, 'POST', '/api/images', { token, body, headers });
    const { id, links } = asked.body;
    const deadline = Date.now() + IMAGE_WITHIN_MS;
    for (let at = firstAt; ; at = this.url) {
      const last = await this.#watch(at + links.events, opened);
      if (last === 'completed') return asked.body;
      this.done.continuedStreams += 1;
      if (Date.now() > deadline) this.#fail(`image ${id} is ${last}`);
    }
  }

  /** @returns the last status that it told */
  async #watch(link: string, opened: () => void): Promise<string | undefined> {
    const response = await fetch(link).catch((error: unknown) =>
      this.#fail(`stream: ${String((error as Error).cause ?? error)}`),
    );
    if (response.status !== 200) this.#fail(`stream: ${response.status}`);
    opened();
    // That it ends is allowed, that it is cut off is not.
    const text = await response.text().catch(() => this.#fail('stream: no end of the answer'));
    return [...text.matchAll(/"status":"(\w+)"/g)].at(-1)?.[1];
  }

  /** Signs in, looks, changes the pair of tokens, signs out: from then on nobody lets him in. */
  async #comesAndGoes({ email, password }: Account): Promise<void> {
    const signedIn = await this.#ask<Account>(200, 'POST', '/api/auth/login', { body: { email, password } });
    await this.#ask(200, 'GET', '/api/auth/me', { token: signedIn.body.accessToken });
    const { refreshToken } = signedIn.body;
    const renewed = await this.#ask<Account>(200, 'POST', '/api/auth/refresh', { body: { refreshToken } });
    const token = renewed.body.accessToken;
    await this.#ask(200, 'GET', '/api/auth/sessions', { token });
    await this.#ask(204, 'POST', '/api/auth/logout', { token });
    // Everywhere within a second.
    await pause(1_000);
    await this.#ask(401, 'GET', '/api/auth/me', { token });
    this.done.signIns += 1;
  }
}
