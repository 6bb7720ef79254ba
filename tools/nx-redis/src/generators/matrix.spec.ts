import { pairsOfOptions } from '../testing/option-matrix';
import { MatrixRun } from '../testing/matrix-run';

/** In a copy of the workspace: all pairs of options, and every shape of a module, in libraries old and new. */
describe('what is generated', () => {
  jest.setTimeout(300_000);
  let run: MatrixRun;

  beforeAll(async () => {
    run = await MatrixRun.start(pairsOfOptions());
    await run.copy.commit();
  });
  afterAll(() => run?.remove());

  it('is only told by --dry-run', async () => {
    expect(await run.command('--dry-run')).toContain(
      'CREATE libs/feature-brand-new/src/lib/thing-cache.service.ts',
    );
    expect(await run.status()).toBe('');
  });

  it('is formatted, builds, lints and passes its tests with no edit', async () => {
    expect(await run.generate()).toContain('CREATED the library feature-brand-new. Run `npm install`');
    expect(run.copy.read('libs/feature-brand-new/src/lib/thing-cache.service.ts')).toContain(
      "tags: (id) => ['things', `thing:${id}`],",
    );
    expect(run.wrongModules()).toEqual([]);
    await run.check();
  });

  it('is the same when it is generated again', async () => {
    await run.copy.commit();
    expect(await run.generate()).toContain('KEPT libs/feature-brand-new/src/lib/thing-cache.service.ts');
    expect(await run.status()).toBe('');
  });
});
