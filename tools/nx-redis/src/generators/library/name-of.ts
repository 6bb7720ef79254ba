import { names } from '@nx/devkit';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * A name in dashes, however it is spelled: `PriceList`, `price list` and `price-list` are one.
 *
 * @param ending that it may have and that is left out, e.g. `-cache`
 * @throws Error for a name of which no class can be made
 */
export function nameOf(spelled: string, what: string, ending?: RegExp): string {
  const dashed = names(spelled.trim()).fileName.replace(/[ _]+/g, '-');
  const name = ending ? dashed.replace(ending, '') : dashed;
  if (NAME.test(name) && name.length <= 63) return name;
  throw new Error(
    `"${spelled}" cannot name ${what}: use 1 to 63 letters, digits and dashes, beginning with a letter.`,
  );
}
