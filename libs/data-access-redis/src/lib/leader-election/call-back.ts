import type { Logger } from '@nestjs/common';

/** Calls what a user gave. What it throws, or rejects with, is logged and ends nothing. */
export function callBack(logger: Logger, name: string, call: () => unknown): void {
  const complain = (error: unknown) =>
    logger.error(`${name} failed: ${error instanceof Error ? error.name : 'unknown error'}`);
  try {
    Promise.resolve(call()).catch(complain);
  } catch (error) {
    complain(error);
  }
}
