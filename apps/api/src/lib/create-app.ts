import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, type AppOptions } from './app.module';
import { answerConnectionError, answerRouterError } from './framework-errors';
import { acceptJsonOnly } from './json-body';
import { createNestLogger } from './logging';
import { serveDocument } from './openapi';
import { addRequestHooks } from './request-hooks';

const MAX_BODY_BYTES = 1024 * 1024;
/** For a request to arrive as a whole. */
const REQUEST_TIMEOUT_MS = 15_000;
/** For a connection on which nothing moves. */
const CONNECTION_TIMEOUT_MS = 60_000;

/** Builds the app, ready to listen. */
export async function createApp(options: AppOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    genReqId: () => randomUUID(),
    trustProxy: false,
    routerOptions: { maxParamLength: 1_000 },
    // While stopping, requests on connections that are open already are still served.
    return503OnClosing: false,
    frameworkErrors: answerRouterError,
    clientErrorHandler: answerConnectionError,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(options), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: createNestLogger(options.logger),
  });
  const fastify = adapter.getInstance();
  acceptJsonOnly(fastify);
  addRequestHooks(fastify);
  // Over plain HTTP on another host than localhost, upgrading would break the page of the document.
  await app.register(helmet, { contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });
  serveDocument(app);
  return app;
}
