import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from 'node:http';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

export const SHUTDOWN_DELAY_MS = Symbol('SHUTDOWN_DELAY_MS');

/** For running requests to finish, once nobody sends new ones any more. */
const MAX_DRAIN_MS = 10_000;

/**
 * Stands between "not ready" (`onModuleDestroy`) and closing the listener, which waits for running requests:
 * gives load balancers time to see the first, and the second an end. Meanwhile everything is still served, and each
 * answer says that its connection ends: whoever keeps connections must not be about to use one when they are closed.
 */
@Injectable()
export class GracefulShutdown implements OnModuleDestroy, BeforeApplicationShutdown {
  #begun = false;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(SHUTDOWN_DELAY_MS) private readonly delayMs: number,
  ) {}

  /** Whether this process was told to end. */
  get begun(): boolean {
    return this.#begun;
  }

  onModuleDestroy(): void {
    this.#begun = true;
  }

  async beforeApplicationShutdown(): Promise<void> {
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    await delay(this.delayMs);
    setTimeout(() => server.closeAllConnections(), MAX_DRAIN_MS).unref();
  }
}
