import { createInterface } from 'node:readline/promises';

/**
 * Asks which one, on the terminal.
 *
 * @returns undefined when nobody is there to ask, or the answer is none of them
 */
export async function choose(
  question: string,
  choices: readonly string[],
  { input, output } = { input: process.stdin, output: process.stdout },
): Promise<string | undefined> {
  if (process.env['NX_INTERACTIVE'] !== 'true' || !input.isTTY || !output.isTTY) return undefined;
  const terminal = createInterface({ input, output });
  try {
    choices.forEach((choice, index) => output.write(`  ${index + 1}  ${choice}\n`));
    const answer = await terminal.question(`${question} (1-${choices.length}) `);
    return choices[Number(answer) - 1];
  } finally {
    terminal.close();
  }
}
