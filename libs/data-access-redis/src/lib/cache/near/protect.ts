/**
 * Sizes of V8's objects on a 64-bit machine, as Node 20 and later have them. Estimates: what counts is that a
 * bound in bytes is a bound in memory; a test measures the difference.
 */
const OBJECT = 24;
const SLOT = 8;
const ARRAY = 48;
const STRING = 16;
const HEAP_NUMBER = 16;
/** V8 keeps strings of JSON that are this short once, however often they occur; half of them are taken to be. */
const LONGEST_SHARED = 10;
const BEYOND_LATIN_1 = /[\u0100-\uffff]/;
const SMALLEST_SMI = -(2 ** 31);
const LARGEST_SMI = 2 ** 31 - 1;

/**
 * Freezes a value made of plain objects, arrays and primitives to its last leaf, so that it can be handed to
 * everybody.
 *
 * @returns how many bytes it holds, or -1 when it cannot be protected: a `Date`, `Map` or class instance can be
 * changed although it is frozen
 */
export function protect(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return bytesOfString(value) / (value.length > LONGEST_SHARED ? 1 : 2);
    case 'number':
      return Number.isInteger(value) && value >= SMALLEST_SMI && value <= LARGEST_SMI ? 0 : HEAP_NUMBER;
    case 'object':
      if (value === null) return 0;
      return Array.isArray(value) ? protectArray(value) : protectObject(value);
    case 'boolean':
    case 'undefined':
      return 0;
    default:
      return -1;
  }
}

/** One byte a character, or two when there is one beyond Latin-1. */
export function bytesOfString(text: string): number {
  const wide = BEYOND_LATIN_1.test(text);
  return STRING + ((text.length * (wide ? 2 : 1) + 7) & ~7);
}

function protectArray(array: unknown[]): number {
  let bytes = ARRAY + array.length * SLOT;
  for (const element of array) {
    const inside = protect(element);
    if (inside < 0) return -1;
    bytes += inside;
  }
  Object.freeze(array);
  return bytes;
}

function protectObject(object: object): number {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return -1;
  let bytes = OBJECT;
  for (const key of Object.keys(object)) {
    const inside = protect((object as Record<string, unknown>)[key]);
    if (inside < 0) return -1;
    bytes += SLOT + inside;
  }
  Object.freeze(object);
  return bytes;
}
