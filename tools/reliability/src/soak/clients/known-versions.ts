import type { Timeline } from '../timeline';

/**
 * What may be read of something that one person writes and everybody reads. At the instance that confirmed the
 * newest version nothing older, ever; at the others neither, unless Redis is just broken or not yet settled: then
 * they may not have heard of it. Nowhere what was never written, or not yet.
 */
export class KnownVersions {
  #newest = 0;
  /** Which instance has confirmed it. */
  #writer = 0;

  constructor(private readonly timeline: Timeline) {}

  get newest(): number {
    return this.#newest;
  }

  /** It was confirmed. */
  wrote(version: number, instance: number): void {
    this.#newest = version;
    this.#writer = instance;
  }

  /**
   * @param begunAt when the reader asked, after the write was confirmed
   * @param answeredAt when it was answered
   */
  judge(read: number, instance: number, begunAt: number, answeredAt = begunAt): 'right' | 'stale' | 'wrong' {
    if (read === this.#newest) return 'right';
    if (!(read < this.#newest) || instance === this.#writer) return 'wrong';
    return this.timeline.unsettled(begunAt, answeredAt) ? 'stale' : 'wrong';
  }
}
