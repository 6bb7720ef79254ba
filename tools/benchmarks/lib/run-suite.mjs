import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isBusy, machine } from './machine.mjs';
import { formatMarkdown, table } from './markdown.mjs';
import { workspace } from './paths.mjs';
import { say } from './say.mjs';
import { targetRows } from './targets.mjs';

/**
 * What a suite measures and says; the frame prints, stores and judges it.
 *
 * @typedef {object} Suite
 * @property {string} name file name of the report
 * @property {string} title
 * @property {(options: import('./arguments.mjs').Options) => Promise<Outcome>} measure
 *
 * @typedef {object} Outcome
 * @property {string[]} sections Markdown
 * @property {import('./targets.mjs').Target[]} targets
 * @property {Record<string, string>} versions of servers
 * @property {object} results everything, for --json
 */

/**
 * @param {{ suite: Suite }} module
 * @param {import('./arguments.mjs').Options} options
 * @returns {Promise<number>} the exit code
 */
export async function runSuite({ suite }, options) {
  const began = performance.now();
  const host = machine();
  if (isBusy()) say('this machine is busy with something else: expect wide spreads and wrong ratios');
  const outcome = await suite.measure(options);
  const seconds = Math.round((performance.now() - began) / 1000);
  Object.assign(host, outcome.versions);
  const targets = outcome.targets.filter(({ value }) => options.filter === undefined || !Number.isNaN(value));
  const partial = options.quick || options.filter !== undefined;
  const report = await formatMarkdown(
    [
      `# ${suite.title}`,
      `Written by \`npm run bench -- ${suite.name}\`; not edited by hand.`,
      Object.entries(host)
        .map(([what, value]) => `- ${what}: ${value}`)
        .join('\n'),
      ...outcome.sections,
      '## Targets',
      'Ratios of medians of this run.',
      table(['target', 'at least', 'this run', ''], targetRows(targets)),
    ].join('\n\n'),
  );
  console.log(`\n${report}`);
  if (options.json) {
    // npm runs scripts in the root, whatever folder a person is in.
    const file = resolve(process.env.INIT_CWD ?? '.', options.json);
    mkdirSync(dirname(file), { recursive: true });
    const { results } = outcome;
    writeFileSync(
      file,
      `${JSON.stringify({ suite: suite.name, host, quick: options.quick, targets, results }, null, 2)}\n`,
    );
    say(`measurements: ${options.json}`);
  }
  if (!partial) {
    const file = join(workspace, 'docs', 'benchmarks', `${suite.name}.md`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, report);
    say(`report: ${relative(workspace, file)}`);
  }
  const missed = targets.filter(({ reached }) => !reached).length;
  say(`${seconds} s, ${targets.length - missed} of ${targets.length} targets reached`);
  return missed > 0 && !partial ? 1 : 0;
}
