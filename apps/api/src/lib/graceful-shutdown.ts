import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from 'node:http';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

export const SHUTDOWN_DELAY_MS = Symbol('SHUTDOWN_DELAY_MS');

const MAX_SHUTDOWN_MS = 10_000;

/**
 * Stands between "not ready" (`onModuleDestroy`) and closing the listener, which waits for running requests:
 * gives load balancers time to see the first, and the second an end.
 */
@Injectable()
export class GracefulShutdown implements BeforeApplicationShutdown {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(SHUTDOWN_DELAY_MS) private readonly delayMs: number,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    setTimeout(() => server.closeAllConnections(), MAX_SHUTDOWN_MS).unref();
    await delay(Math.min(this.delayMs, MAX_SHUTDOWN_MS));
  }
}
