import type { IncomingMessage, ServerResponse } from 'node:http';
import { describeError, pathOf, scrubSecrets } from '@sluice/util-http';
import type { LoggerService } from '@nestjs/common';
import { Logger as NestLogger, type Params, PinoLogger } from 'nestjs-pino';
import { type DestinationStream, type Logger, pino } from 'pino';

/** Probes come every few seconds and say nothing new. */
const QUIET_PATHS = new Set(['/health/live', '/health/ready', '/metrics']);

/** A logger whose every line passes a last net for what looks like a secret. */
export function createLogger(level: string, stream?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    serializers: { err: describeError },
    hooks: { streamWrite: scrubSecrets },
  };
  return stream ? pino(options, stream) : pino(options);
}

/** For everything that logs through Nest, from the first line on: also what goes wrong before there is an app. */
export function createNestLogger(logger: Logger): LoggerService {
  const params = requestLogging(logger);
  return new NestLogger(new PinoLogger(params), params);
}

/** One line per request: method, path without query, status, duration. No headers, no bodies. */
export function requestLogging(logger: Logger): Params {
  return {
    pinoHttp: {
      logger,
      genReqId: (request: IncomingMessage) => request.id,
      quietReqLogger: true,
      customAttributeKeys: { reqId: 'requestId' },
      wrapSerializers: false,
      serializers: {
        req: (request: IncomingMessage) => ({ method: request.method, path: pathOf(originalUrl(request)) }),
        res: (response: ServerResponse) => ({ status: response.statusCode }),
      },
      // pino-http makes up an error for every 5xx; the problem filter has logged the real one.
      customErrorObject: (_request, _response, _error, { err: _err, ...rest }: Record<string, unknown>) =>
        rest,
      customErrorMessage: () => 'request completed',
      customSuccessMessage: () => 'request completed',
      autoLogging: { ignore: (request: IncomingMessage) => QUIET_PATHS.has(pathOf(originalUrl(request))) },
    },
  };
}

/** Middleware may have shortened `url`. */
function originalUrl(request: IncomingMessage): string {
  return (request as IncomingMessage & { originalUrl?: string }).originalUrl ?? request.url ?? '/';
}
