import { scrubSecrets } from './scrub-secrets';
import { codeOf } from './problem-of';

const MAX_STACK_LENGTH = 4_000;

/**
 * What a log line may say about an error: its name, code, message and stack, scrubbed. Its other properties are
 * left out, since drivers keep parameters, options and connections there.
 */
export function describeError(error: unknown): {
  error: string;
  code?: string;
  message: string;
  stack?: string;
} {
  if (!(error instanceof Error))
    return { error: typeof error, message: 'Something that is no Error was thrown' };
  const code = codeOf(error);
  return {
    error: error.name,
    ...(code !== undefined && { code }),
    message: scrubSecrets(error.message),
    ...(error.stack !== undefined && { stack: scrubSecrets(error.stack.slice(0, MAX_STACK_LENGTH)) }),
  };
}
