import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** One step of the walk: a `curl` with the answer it shows, or a variable taken from the answer before. */
export type Step =
  { kind: 'curl'; words: string[]; answer: string[] } | { kind: 'variable'; name: string; field: string };

/** The steps of the `console` block in README.md. */
export function readmeWalk(): Step[] {
  const readme = readFileSync(resolve(__dirname, '../../../../README.md'), 'utf8');
  const block = /```console\n([^]*?)```/.exec(readme)?.[1];
  if (!block) throw new Error('README.md has no console block');
  const steps: Step[] = [];
  for (const line of block.split('\n').filter(Boolean)) {
    const last = steps.at(-1);
    const variable = /^\$ (\w+)=<(\w+)>$/.exec(line);
    if (variable) steps.push({ kind: 'variable', name: variable[1] ?? '', field: variable[2] ?? '' });
    else if (line.startsWith('$ curl '))
      steps.push({ kind: 'curl', words: shellWords(line.slice(7)), answer: [] });
    else if (last?.kind === 'curl') last.answer.push(line);
    else throw new Error(`README.md: a line of the walk is neither command nor answer: ${line}`);
  }
  return steps;
}

/** What curl would send; `$NAME` is replaced from `variables`. */
export function asRequest(
  words: readonly string[],
  variables: ReadonlyMap<string, string>,
): { path: string; method: string; headers: Record<string, string>; body?: string } {
  const filled = words.map((word) =>
    word.replace(/\$(\w+)/g, (_, name: string) => variables.get(name) ?? ''),
  );
  const headers: Record<string, string> = {};
  let path = '';
  let body: string | undefined;
  for (let i = 0; i < filled.length; i++) {
    const word = filled[i] ?? '';
    if (word === '-H') {
      const [name = '', value = ''] = (filled[++i] ?? '').split(/: (.*)/s);
      headers[name] = value;
    } else if (word === '-d') body = filled[++i];
    else if (word.startsWith('localhost:3000')) path = word.slice('localhost:3000'.length);
    else if (word !== '-i') throw new Error(`README.md: the test does not know curl's ${word}`);
  }
  return { path, method: body === undefined ? 'GET' : 'POST', headers, ...(body !== undefined && { body }) };
}

function shellWords(text: string): string[] {
  return [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}

/** `…` in the README stands for any text. */
export function matches(shown: unknown, got: unknown): boolean {
  if (shown === '…') return typeof got === 'string' && got.length > 0;
  if (typeof shown !== 'object' || shown === null) return shown === got;
  if (typeof got !== 'object' || got === null) return false;
  const keys = Object.keys(shown);
  return (
    keys.join() === Object.keys(got).join() &&
    keys.every((key) =>
      matches((shown as Record<string, unknown>)[key], (got as Record<string, unknown>)[key]),
    )
  );
}
