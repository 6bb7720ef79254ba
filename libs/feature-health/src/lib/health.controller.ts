import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import { Endpoint, type HttpReply, problem, Public, Unlimited } from '@sluice/util-http';
import { liveSchema, type Readiness, readySchema } from './health.schemas';
import { HealthService, readinessStatus } from './health.service';
import { ManagementAccess } from './management-access';
import { MetricsService } from './metrics.service';

@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly metrics: MetricsService,
    private readonly access: ManagementAccess,
  ) {}

  @Get('health/live')
  @Endpoint({
    summary: 'Whether the process answers',
    public: true,
    unlimited: true,
    responses: { 200: liveSchema },
  })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Endpoint({
    summary: 'Whether this instance should get requests',
    public: true,
    unlimited: true,
    responses: { 200: readySchema, 503: readySchema },
  })
  async ready(
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<Readiness> {
    const readiness = await this.health.ready();
    const status = readinessStatus(readiness);
    reply.status(status);
    if (status === 503) reply.header('Retry-After', '1');
    return this.access.allows(authorization) ? readiness : { status: readiness.status };
  }

  @Get('metrics')
  @Public()
  @Unlimited()
  @ApiExcludeEndpoint()
  async metricsText(
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<string> {
    if (!this.access.allows(authorization)) {
      if (!this.access.hasToken) throw problem(404, { detail: 'There is nothing at this address.' });
      throw problem(401, {
        detail: 'Send the management token as a bearer token.',
        headers: { 'WWW-Authenticate': 'Bearer realm="management"' },
      });
    }
    reply.header('Content-Type', this.metrics.contentType);
    return this.metrics.text();
  }
}
