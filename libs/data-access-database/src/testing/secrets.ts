import { inspect } from 'node:util';

/** Every text that can be got out of an error, hidden properties and causes included. */
export function everythingOf(error: unknown): string {
  const { message, stack, cause } = error as Error;
  return [String(error), message, stack, inspect(cause), JSON.stringify(error)]
    .concat(inspect(error, { depth: 10, showHidden: true, getters: true }))
    .join('\n');
}

/** Resolves to what the work rejects with. @throws Error when it does not reject */
export async function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  const marker = {};
  const result = await work.then(
    () => marker,
    (error: unknown) => error,
  );
  if (result === marker) throw new Error('It should have been refused.');
  return result;
}
