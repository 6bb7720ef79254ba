/** An error that was foreseen: its message tells a person what to do. */
export class Advice extends Error {}

/** One line for the person who watches. */
export function say(text) {
  console.log(`[bench] ${text}`);
}

/** Says what went wrong in words, or all of it when it was not foreseen. */
export function sayError(error) {
  console.error(error instanceof Advice ? `[bench] ${error.message}` : error);
}
