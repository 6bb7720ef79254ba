import { setTimeout as pause } from 'node:timers/promises';
import { FencedRegister } from './register.mjs';

/**
 * Locks that one process holds for long, and what it is told of them.
 *
 * @typedef {object} Holding
 * @property {import('./contender.mjs').Kept} kept
 * @property {number} [toldAt] when the library said that the lock was lost, as `Date.now()`
 */
export class Holdings {
  /** @type {Map<string, Holding>} */
  #held = new Map();
  #handle;
  #url;
  #register;

  /**
   * @param {import('./contender.mjs').Handle} handle
   * @param {string} url of the server, when nothing stands before it
   */
  constructor(handle, url) {
    this.#handle = handle;
    this.#url = url;
  }

  /**
   * Acquires locks, one after the other over `spread` ms, so that their renewals are due at different moments.
   *
   * @param {{ names: string[], ttl: number, spread: number }} what
   */
  async hold({ names, ttl, spread }) {
    for (const name of names) {
      const holding = {};
      holding.kept = await this.#handle.hold(name, ttl, () => (holding.toldAt ??= Date.now()));
      this.#held.set(name, holding);
      await pause(spread / names.length);
    }
  }

  /** @returns {Record<string, { toldAt?: number, isHeld: boolean }>} by name */
  losses() {
    return Object.fromEntries(
      [...this.#held].map(([name, { kept, toldAt }]) => [name, { toldAt, isHeld: kept.isHeld() }]),
    );
  }

  /**
   * Stands still for a while, as a process does that is suspended or collects garbage. The first thing it does then is
   * to ask the library whether it holds each lock, and to write, whatever that said.
   *
   * @param {{ milliseconds: number }} what
   * @returns {Promise<{ believed: number, accepted: number }>} how many locks the library said it held, and how many of
   *   the writes the register took
   */
  async blockAndWrite({ milliseconds }) {
    this.#register ??= await FencedRegister.open(this.#url);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    const believed = [...this.#held.values()].filter(({ kept }) => kept.isHeld()).length;
    return { believed, accepted: await this.#writeAll() };
  }

  /**
   * Acquires locks that another process holds, however long that takes, and writes under each.
   *
   * @param {{ names: string[], ttl: number }} what
   * @returns {Promise<{ accepted: number }>}
   */
  async takeOverAndWrite({ names, ttl }) {
    this.#register ??= await FencedRegister.open(this.#url);
    await Promise.all(names.map((name) => this.#takeOver(name, ttl)));
    return { accepted: await this.#writeAll() };
  }

  async close() {
    await this.#register?.close();
  }

  async #takeOver(name, ttl) {
    for (let failed; ; await pause(20)) {
      const kept = await this.#handle.hold(name, ttl, () => undefined).catch((error) => (failed = error));
      if (kept === failed) continue;
      return this.#held.set(name, { kept });
    }
  }

  async #writeAll() {
    const written = await Promise.all(
      [...this.#held].map(([name, { kept }]) => this.#register.write(name, kept.token)),
    );
    return written.filter(Boolean).length;
  }
}
