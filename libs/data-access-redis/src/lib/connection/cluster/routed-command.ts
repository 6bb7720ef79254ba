import type { Redis } from 'ioredis';
import type { RedisConnection } from '../redis-connection';
import { RedisError, RedisRedirection } from '../redis.errors';
import type { RedisRequestScope } from '../request-scope';
import type { ClusterNodes } from './cluster-nodes';

const MOST_REDIRECTIONS = 5;
/** A slot of which half the keys have moved is asked again after so long, in ms. */
const TRY_AGAIN_MS = 20;

/**
 * One command on its way through a Cluster. What a node answers with MOVED, ASK or TRYAGAIN has not run, so it is sent
 * again, as long as its deadline allows. Nothing else is ever sent twice.
 */
export class RoutedCommand<R> {
  private readonly until: number;
  private redirections = 0;

  constructor(
    private readonly nodes: ClusterNodes,
    private readonly command: string,
    private readonly words: (driver: Redis) => Promise<R>,
    private readonly timeoutMs: number,
    private readonly resolve: (reply: R) => void,
    private readonly reject: (error: RedisError) => void,
    private readonly scope: RedisRequestScope | undefined,
    private readonly slot: number | undefined,
  ) {
    this.until = performance.now() + timeoutMs;
  }

  send(node: RedisConnection, words = this.words, timeoutMs = this.timeoutMs): void {
    node.gatherTick();
    node.dispatch(
      this.command,
      words,
      timeoutMs,
      this.resolve,
      (error) => this.failed(error, node),
      this.scope,
    );
  }

  private failed(error: RedisError, node: RedisConnection): void {
    if (error instanceof RedisRedirection) return this.redirected(error, node);
    if (error.reason === 'TRYAGAIN') return this.tryAgain(error, node);
    // The node may be gone for good, and its slots another's.
    if (error.outcome === 'unknown' || error.code === 'REDIS_UNAVAILABLE' || error.code === 'REDIS_BUSY') {
      this.nodes.refreshSoon();
    }
    this.reject(error);
  }

  private redirected(error: RedisRedirection, from: RedisConnection): void {
    const { target, slot, kind } = error;
    const address = { host: target.host || from.state.server.host, port: target.port };
    const leftMs = this.leftMs();
    this.redirections += 1;
    if (this.nodes.closed || leftMs <= 0 || this.redirections > MOST_REDIRECTIONS) {
      return this.reject(this.unsettled(error));
    }
    const to = kind === 'MOVED' ? this.nodes.moved(slot, address) : this.nodes.at(address);
    const words = kind === 'MOVED' ? this.words : asking(this.words);
    if (to.usable) return this.send(to, words, leftMs);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, leftMs);
    });
    void Promise.race([this.nodes.settled(to), late]).then(() => {
      clearTimeout(timer); // or it would keep the process from ending
      // Who was asked meanwhile did not know of the change yet, and the node was dropped: it is sent there anew.
      if (to.state.status === 'closed') this.redirected(error, from);
      else this.send(to, words, Math.max(1, this.leftMs()));
    });
  }

  private tryAgain(error: RedisError, node: RedisConnection): void {
    const leftMs = this.leftMs() - TRY_AGAIN_MS;
    if (leftMs <= 0) return this.reject(this.unsettled(error));
    // It had found its node, which may have been the one it was sent to: that is no going round in circles.
    this.redirections = 0;
    setTimeout(() => {
      const owner = this.slot === undefined ? node : (this.nodes.slots.ownerOf(this.slot) ?? node);
      this.send(owner, this.words, Math.max(1, this.leftMs()));
    }, TRY_AGAIN_MS);
  }

  /** Whole ms, so that waits of the same length share a timer. */
  private leftMs(): number {
    return Math.ceil(this.until - performance.now());
  }

  private unsettled({ reason }: RedisError): RedisError {
    const { command } = this;
    return new RedisError('REDIS_BUSY', `${command} was sent from node to node: slots of the Cluster move.`, {
      command,
      ...(reason && { reason }),
    });
  }
}

/** The node it is sent to serves the slot already, but only to those who say that they were sent. */
function asking<R>(words: (driver: Redis) => Promise<R>): (driver: Redis) => Promise<R> {
  return (driver) => {
    driver.asking().catch(() => undefined); // the command itself says what is wrong
    return words(driver);
  };
}
