export interface Instruction {
  /** Such as `RUN`. */
  readonly what: string;
  /** Without the options, `--mount=…` and the like. */
  readonly words: string;
}

/** The instructions of a Dockerfile, by stage. */
export function stagesOf(dockerfile: string): Instruction[][] {
  const lines = dockerfile
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, what = '', words = ''] = /^([A-Z]+)\s+((?:.|\n)*)$/.exec(line) ?? [];
    if (what === 'FROM') stages.push([]);
    stages.at(-1)?.push({ what, words: words.replace(/^(--\S+\s+)+/, '') });
  }
  return stages;
}

/** The words of all instructions of a kind, in a stage. */
export function wordsOf(stage: readonly Instruction[], what: string): string[] {
  return stage.filter((instruction) => instruction.what === what).map(({ words }) => words);
}

/** The command of `CMD` or `HEALTHCHECK CMD`. @throws Error when a shell would stand in between, which swallows signals */
export function commandOf(words: string): string[] {
  const list = /\[.*\]$/.exec(words)?.[0];
  if (list === undefined) throw new Error(`${words} is run by a shell: give it as a list`);
  return JSON.parse(list) as string[];
}

/** Whether a file of the context stays outside of the image, by the patterns of a .dockerignore (none with `!`). */
export function isIgnored(path: string, dockerignore: string): boolean {
  const patterns = dockerignore.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return patterns.some((pattern) => {
    const words = pattern
      .split(/(\*\*\/|\*)/)
      .map((part) =>
        part === '**/' ? '(?:.*/)?' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'),
      );
    return new RegExp(`^${words.join('')}(?:/|$)`).test(path);
  });
}
