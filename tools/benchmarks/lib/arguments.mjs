import { parseArgs } from 'node:util';
import { Advice } from './say.mjs';

/**
 * @typedef {object} Options
 * @property {boolean} quick short rounds and fewer cases, to try things out; the report is not written, no target is held
 * @property {string} [json] file for everything that was measured
 * @property {string} [filter] only cases whose name contains this; the report is not written
 */

/**
 * @param {string[]} words
 * @param {string[]} suites
 * @returns {Options & { suite: string }}
 */
export function readArguments(words, suites) {
  const usage = `npm run bench -- ${suites.join('|')} [--json FILE] [--quick] [--filter TEXT]`;
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        filter: { type: 'string' },
      },
    });
    const [suite] = positionals;
    if (positionals.length !== 1 || !suites.includes(suite)) throw new Advice('Name one suite.');
    return { suite, ...values };
  } catch (error) {
    throw new Advice(`${error.message} Usage: ${usage}`);
  }
}
