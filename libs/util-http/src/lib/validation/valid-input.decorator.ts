import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { endpointOf } from '../endpoint/endpoint.options';
import type { HttpRequest } from '../http-request';
import { validateRequest, type ValidInput } from './validate-request';

/** Validated once per request, however many parameters ask for it. */
const validated = new WeakMap<HttpRequest, ValidInput>();

function validInput(place: keyof ValidInput) {
  return createParamDecorator((_data: unknown, context: ExecutionContext): unknown => {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    let input = validated.get(request);
    if (!input) {
      const endpoint = endpointOf(context.getHandler());
      if (!endpoint?.[place]) {
        const handler = `${context.getClass().name}.${context.getHandler().name}`;
        throw new Error(`${handler} asks for its ${place}, but its @Endpoint declares no schema for it`);
      }
      input = validateRequest(request, endpoint);
      validated.set(request, input);
    }
    return input[place];
  });
}

/** The body, as the `body` schema of `@Endpoint` gives it; 400 with every wrong field otherwise. */
export const ValidBody = validInput('body');
/** The path parameters, as the `params` schema of `@Endpoint` gives them. */
export const ValidParams = validInput('params');
/** The query, as the `query` schema of `@Endpoint` gives it. */
export const ValidQuery = validInput('query');
