import { createServer, type Server, type ServerResponse } from 'node:http';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HEALTH_OPTIONS, type HealthModuleOptions } from './health.options';
import { HealthService, readinessStatus } from './health.service';
import { MetricsService } from './metrics.service';

/** How often Node looks whether a request took too long: by default every 30 s only. */
const CHECK_EVERY_MS = 1_000;

/** Serves health and metrics on a port of its own, until everything else has stopped. */
@Injectable()
export class ManagementServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Management');
  private server: Server | undefined;

  constructor(
    @Inject(HEALTH_OPTIONS) private readonly options: HealthModuleOptions,
    private readonly health: HealthService,
    private readonly metrics: MetricsService,
  ) {}

  /** The port in use, once it listens. */
  get port(): number | undefined {
    const address = this.server?.address();
    return typeof address === 'object' && address !== null ? address.port : undefined;
  }

  async onApplicationBootstrap(): Promise<void> {
    const {
      managementPort,
      managementHost = '0.0.0.0',
      managementRequestTimeoutMs: requestTimeout = 5_000,
    } = this.options;
    if (managementPort === undefined) return;
    const bounds = { requestTimeout, connectionsCheckingInterval: CHECK_EVERY_MS };
    const server = createServer(bounds, (request, response) => {
      this.answer(request.url ?? '/', response).catch(() => send(response, 500, 'text/plain', 'error\n'));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(managementPort, managementHost, resolve);
    });
    server.on('error', (error) =>
      this.logger.error({ code: (error as { code?: string }).code }, 'Listener error'),
    );
    this.server = server;
  }

  async onApplicationShutdown(): Promise<void> {
    const { server } = this;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  private async answer(url: string, response: ServerResponse): Promise<void> {
    switch (url.split('?', 1)[0]) {
      case '/health/live':
        return sendJson(response, 200, { status: 'ok' });
      case '/health/ready': {
        const readiness = await this.health.ready();
        return sendJson(response, readinessStatus(readiness), readiness);
      }
      case '/metrics':
        return send(response, 200, this.metrics.contentType, await this.metrics.text());
      default:
        return send(response, 404, 'text/plain', 'Here are /health/live, /health/ready and /metrics.\n');
    }
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json', JSON.stringify(body));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response
    .writeHead(status, { 'Content-Type': type, ...(status === 503 && { 'Retry-After': '1' }) })
    .end(body);
}
