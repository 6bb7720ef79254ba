import { sharedNow } from '../lib/clock.mjs';

/** One candidate of one election, and when its library said what. */
export class Candidacy {
  #candidate;
  #elected = withResolvers();
  #leads = false;
  #toldAt;
  /** When it has left, which the leading of the next one does not wait for. */
  left = Promise.resolve();

  /**
   * @param {import('./contender.mjs').Handle} handle
   * @param {string} name
   */
  async join(handle, name) {
    this.#candidate = await handle.join(name, {
      elected: () => {
        this.#leads = true;
        this.#elected.resolve({ shared: sharedNow(), wall: Date.now() });
      },
      stopped: () => {
        this.#leads = false;
        this.#toldAt ??= Date.now();
      },
    });
  }

  /** @returns {Promise<{ shared: number, wall: number }>} when it began to lead: on the shared clock, as `Date.now()` */
  get leading() {
    return this.#elected.promise;
  }

  /** @returns {number} when it was asked to, on the shared clock */
  leave() {
    const at = sharedNow();
    this.left = Promise.resolve(this.#candidate.leave()).catch(() => undefined);
    return at;
  }

  /** A library that cannot be asked without asking the server says what it said last. */
  get loss() {
    return { toldAt: this.#toldAt, isHeld: this.#candidate.isLeader?.() ?? this.#leads };
  }
}

function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
