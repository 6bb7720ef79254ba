import { setTimeout as pause } from 'node:timers/promises';
import { Advice } from '../process/say.mjs';

const longestPause = 60_000;
const longestAnswer = 15_000;

/** The API, as one user sees it. */
export class DemoApi {
  #token;

  constructor(url, signal) {
    this.url = url;
    this.signal = signal;
  }

  /** @throws Advice when there is no API at this address */
  static async register(url, account, signal) {
    const api = new DemoApi(url, signal);
    const { accessToken } = await api.post('/api/auth/register', account);
    if (typeof accessToken !== 'string') throw api.#isAnother();
    api.#token = accessToken;
    return api;
  }

  /** Waits as long as the API says when it has had enough of us. @throws Advice with what is wrong */
  async post(path, body) {
    for (;;) {
      const { answer, said } = await this.#send(path, body);
      if (typeof said !== 'object' || said === null) throw this.#isAnother();
      if (answer.ok) return said;
      const wait = Number(answer.headers.get('retry-after')) * 1_000;
      if (answer.status !== 429 || !(wait > 0 && wait <= longestPause)) {
        throw new Advice(
          `POST ${path} was answered with ${answer.status}: ${said.detail ?? 'no reason given'}`,
        );
      }
      await pause(wait, undefined, { signal: this.signal });
    }
  }

  #isAnother() {
    return new Advice(
      `What answers at ${this.url} is not Sluice. Run \`npm start\` on a free port and give the demo the same: PORT=3001 npx nx run api:demo`,
    );
  }

  async #send(path, body) {
    // Not AbortSignal.timeout(): in AbortSignal.any() it may be collected before it fires, and it keeps nothing awake.
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), longestAnswer);
    try {
      const answer = await fetch(this.url + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(this.#token && { authorization: `Bearer ${this.#token}` }),
        },
        body: JSON.stringify(body),
        signal: limit.signal,
      });
      const text = await answer.text();
      return { answer, said: parsed(text) };
    } catch (error) {
      throw new Advice(
        `The API cannot be reached at ${this.url} (${error.cause?.code ?? error.name}). Run \`npm start\` in another terminal first; if it listens elsewhere, give the demo the same PORT and HOST.`,
      );
    } finally {
      clearTimeout(timer);
    }
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
