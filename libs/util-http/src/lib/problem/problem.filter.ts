import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { HttpRequest } from '../http-request';
import { describeError } from './describe-error';
import { PROBLEM_MEDIA_TYPE, problemDocument } from './problem-document';
import { codeOf, problemOf } from './problem-of';

/** The one place where errors become answers: `application/problem+json` (RFC 9457), whatever was thrown. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('HTTP');

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    const reply = http.getResponse<unknown>();
    const { httpAdapter } = this.adapterHost;
    const answer = problemOf(error);
    const requestId = String(request.id ?? '');

    if (answer.status === 500) this.logger.error({ requestId, ...describeError(error) }, 'Unforeseen error');
    else if (answer.status === 503) this.logger.warn({ requestId, code: codeOf(error) }, 'Answered with 503');

    if (httpAdapter.isHeadersSent(reply)) return;
    httpAdapter.setHeader(reply, 'Content-Type', PROBLEM_MEDIA_TYPE);
    for (const [name, value] of Object.entries(answer.headers)) httpAdapter.setHeader(reply, name, value);
    const body = problemDocument({
      status: answer.status,
      detail: answer.message,
      url: request.url,
      requestId,
      ...(answer.errors && { errors: answer.errors }),
      ...(answer.type !== undefined && { type: answer.type }),
      ...(answer.violatedPolicies && { violatedPolicies: answer.violatedPolicies }),
    });
    // As text: the adapter would otherwise warn about, and replace, a content type that is not plain JSON.
    httpAdapter.reply(reply, JSON.stringify(body), answer.status);
  }
}
