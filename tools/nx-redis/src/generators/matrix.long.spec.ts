import { join } from 'node:path';
import { addProjectConfiguration } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import * as ts from 'typescript';
import { allPairs, filesFor, isPossible, OPTIONS, optionsOf } from '../testing/option-matrix';
import { MatrixRun } from '../testing/matrix-run';
import { everyRow } from '../testing/pairwise';
import { programOf, ROOT } from '../testing/program-of';
import { redisCacheServiceGenerator } from './redis-cache-service/generator';

jest.setTimeout(1_200_000);

const PROJECT = 'feature-matrix';

/** The same as in matrix.spec.ts, with more of it. */
describe('what is generated', () => {
  let run: MatrixRun | undefined;
  afterEach(() => run?.remove());

  it('is right for all pairs of options and shapes of modules, and the same when it is generated again', async () => {
    run = await MatrixRun.start(allPairs());
    await run.copy.commit();
    await run.generate();
    expect(run.wrongModules()).toEqual([]);
    await run.check();
    await run.copy.commit();
    await run.generate();
    expect(await run.status()).toBe('');
  });

  it('is valid TypeScript for every combination of options', async () => {
    const rows = everyRow(OPTIONS)
      .filter(isPossible)
      .map((row) => ({ ...row, shape: 0 }));
    expect(rows.length).toBeGreaterThan(300);
    const texts: Record<string, string> = {};
    for (const [index, row] of rows.entries()) Object.assign(texts, await textsOf(row, index));
    const program = programOf([], texts);
    const wrong = Object.keys(texts).flatMap((path) => {
      const source = program.getSourceFile(path);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      );
    });
    expect(wrong).toEqual([]);
  });
});

/** What is written for one row, in a workspace of its own that is nowhere on a disk. */
async function textsOf(row: Parameters<typeof optionsOf>[1], index: number): Promise<Record<string, string>> {
  const tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  const root = `libs/${PROJECT}`;
  addProjectConfiguration(tree, PROJECT, { root, tags: ['scope:feature'] });
  addProjectConfiguration(tree, 'testing-servers', { root: 'libs/testing-servers' });
  tree.write('libs/testing-servers/package.json', JSON.stringify({ name: '@sluice/testing-servers' }));
  for (const [path, text] of Object.entries(filesFor([row]))) {
    tree.write(`${root}/${path.replace('case-0', `case-${index}`)}`, text);
  }
  await redisCacheServiceGenerator(tree, { ...optionsOf(PROJECT, row, index), skipFormat: true });
  const written = tree
    .listChanges()
    .filter(({ path }) => path.startsWith(`${root}/`) && path.endsWith('.ts'));
  return Object.fromEntries(
    written.map(({ path, content }) => [join(ROOT, path), content?.toString() ?? '']),
  );
}
