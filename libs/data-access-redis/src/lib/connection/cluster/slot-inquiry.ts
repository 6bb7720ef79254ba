import { Logger } from '@nestjs/common';
import type { RedisConnection } from '../redis-connection';
import { RedisConfigError, RedisError } from '../redis.errors';
import type { RedisState } from '../redis-state';
import { parseSlots } from './cluster-slots';
import type { SlotRange } from './cluster-slots';

const LOG_INTERVAL_MS = 10_000;

/** Asks nodes who serves what, and keeps the reason for which none of them says. */
export class SlotInquiry {
  readonly #logger = new Logger('Redis:cluster');
  #lastError: RedisState['lastError'];
  #loggedAt = -Infinity;

  /** Why the Cluster is not known, if it is not. */
  get lastError(): RedisState['lastError'] {
    return this.#lastError;
  }

  /**
   * The answer of the first of these that belongs to a Cluster that works. Who was cut off from the others tells of what
   * was before: it is believed when there is nobody else.
   *
   * @returns undefined when none of them answers
   */
  async ofOneOf(nodes: readonly RedisConnection[]): Promise<readonly SlotRange[] | undefined> {
    let before: readonly SlotRange[] | undefined;
    for (const node of nodes) {
      const answer = await this.of(node).catch(() => undefined);
      if (answer?.works) return this.found(answer.ranges);
      before ??= answer?.ranges;
    }
    return before && this.found(before);
  }

  /** @throws RedisError when it does not answer, and remembers why */
  async of(node: RedisConnection): Promise<{ ranges: readonly SlotRange[]; works: boolean }> {
    try {
      const [info, slots] = await node.run('cluster-slots', (driver) =>
        Promise.all([driver.cluster('INFO'), driver.cluster('SLOTS')]),
      );
      const ranges = parseSlots(slots, node.state.server.host);
      return { ranges, works: !String(info).includes('cluster_state:fail') };
    } catch (error) {
      this.#failed(error, node);
      throw error;
    }
  }

  found<R>(ranges: R): R {
    this.#lastError = undefined;
    return ranges;
  }

  #failed(error: unknown, { state }: RedisConnection): void {
    if (!(error instanceof RedisError) || state.status === 'closed') return;
    const { host, port } = state.server;
    const now = new Date().toISOString();
    // Of a node that is not connected, why it is not, and since when.
    const why = (error.code === 'REDIS_UNAVAILABLE' && state.lastError) || { ...plain(error), at: now };
    const { code, message, at } =
      why.code === 'REDIS_USAGE' ? { ...plain(noCluster(`${host}:${port}`)), at: why.at } : why;
    this.#lastError = { code, message, at };
    if (performance.now() - this.#loggedAt < LOG_INTERVAL_MS) return;
    this.#loggedAt = performance.now();
    this.#logger.warn(`${host}:${port} does not say who serves what: ${message}`);
  }
}

function plain({ code, message }: RedisError): Pick<RedisError, 'code' | 'message'> {
  return { code, message };
}

function noCluster(node: string): RedisConfigError {
  return new RedisConfigError([
    `${node} is no node of a Cluster; give REDIS_URL instead of REDIS_CLUSTER_NODES`,
  ]);
}
