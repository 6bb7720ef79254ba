// A closed terminal must not end the process in the middle of cleaning up.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/** One line for the person who watches. */
export function say(text) {
  console.log(`[sluice] ${text}`);
}

/** Says what went wrong in words, or all of it when it was not foreseen. */
export function sayError(error) {
  console.error(error instanceof Advice ? `[sluice] ${error.message}` : error);
}

/** An error that was foreseen: its message tells a person what to do. */
export class Advice extends Error {}
