import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE, problemDocument, problemOf } from '@sluice/util-http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Errors of the router, which never reach Nest: an address that cannot be decoded, or with a part too long. */
export function answerRouterError(
  error: Error & { code: string },
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { status, message } = problemOf(error);
  const detail =
    error.code === 'FST_ERR_BAD_URL'
      ? 'The address is not valid: a percent sign must be followed by two hexadecimal digits.'
      : message;
  const body = problemDocument({
    status,
    detail,
    url: request.raw.url ?? '/',
    requestId: String(request.id),
  });
  void reply.code(status).header('Content-Type', PROBLEM_MEDIA_TYPE).send(JSON.stringify(body));
}

const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Errors before there is a request: what came is no HTTP, has too large headers, or did not come in time. */
export function answerConnectionError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const status = STATUS_OF[error.code ?? ''] ?? 400;
    const detail = problemOf(Object.assign(new Error(), { statusCode: status })).message;
    const body = JSON.stringify(problemDocument({ status, detail, url: '/', requestId: randomUUID() }));
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroy();
}
