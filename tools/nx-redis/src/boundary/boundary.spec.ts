import { join } from 'node:path';
import { expectRefused, INNOCENT } from '../testing/expect-refused';
import { WorkspaceCopy } from '../testing/workspace-copy';
import { ALLOWED_FIXTURES, BOUNDARY_FIXTURES } from './boundary.fixtures';
import type { BoundaryFixture } from './boundary.fixtures';

interface LintResult {
  filePath: string;
  messages: { ruleId: string | null; message: string }[];
}

jest.setTimeout(1_500_000);

/** Real ESLint with the real configuration over a copy of the workspace, attributed by file. */
describe('module boundaries', () => {
  let copy: WorkspaceCopy;
  let results: LintResult[];

  const all = [...BOUNDARY_FIXTURES, ...ALLOWED_FIXTURES];
  const fileOf = (fixture: BoundaryFixture, name = 'case') =>
    `${fixture.folder}/${name}-${all.indexOf(fixture)}${fixture.role ?? ''}.${fixture.extension ?? 'ts'}`;
  /** Beside it, and without what offends. */
  const cleanedOf = (fixture: BoundaryFixture) => fileOf(fixture, 'cleaned');
  const rulesOf = (file: string) => messagesOf(file).map(({ ruleId, message }) => ruleId ?? message);

  function messagesOf(file: string): LintResult['messages'] {
    const path = file.replace(/^\.\//, '');
    const found = results.find(({ filePath }) => filePath === join(copy.root, path));
    if (!found) throw new Error(`not linted: ${path}`);
    return found.messages;
  }

  beforeAll(async () => {
    copy = await WorkspaceCopy.create();
    const files = all.flatMap((fixture) => [fileOf(fixture), cleanedOf(fixture)]);
    for (const file of files) copy.write(file, INNOCENT);
    for (const { besides = {} } of all) {
      for (const [path, text] of Object.entries(besides)) copy.write(path, text);
    }
    // The boundary rule reads the project graph that nx leaves behind, and is silent without one.
    await copy.run('nx', 'show', 'projects');
    for (const fixture of all) copy.write(fileOf(fixture), `${fixture.code}\n${INNOCENT}`);
    const { output } = await copy.run('eslint', '--format', 'json', ...files);
    results = JSON.parse(output) as LintResult[];
  });

  afterAll(() => copy?.remove());

  it.each(BOUNDARY_FIXTURES.map((fixture) => [fixture.title, fixture.rule, fixture] as const))(
    '%s is reported by %s, and passes once it is gone',
    (_title, rule, fixture) => {
      expect(rulesOf(fileOf(fixture))).toContain(rule);
      expect(rulesOf(cleanedOf(fixture))).toEqual([]);
    },
  );

  it.each(ALLOWED_FIXTURES.map((fixture) => [fixture.title, fixture.rule, fixture] as const))(
    '%s is allowed by %s',
    (_title, rule, fixture) => expect(rulesOf(fileOf(fixture))).not.toContain(rule),
  );

  it('are reported in the words that the README shows', () => {
    const [, message, ruleId] = /^ +1:1 +error +(.+?) {2,}(\S+)$/m.exec(copy.read('README.md')) ?? [];
    const [staticImport] = BOUNDARY_FIXTURES;
    const reported = staticImport && messagesOf(fileOf(staticImport));
    expect(reported).toContainEqual(expect.objectContaining({ message, ruleId }));
  });
});

/** Of other places than a feature: boundary.long.spec.ts. */
describe('npx nx affected:lint', () => {
  let copy: WorkspaceCopy;

  beforeAll(async () => {
    copy = await WorkspaceCopy.create();
    // They depend on every feature, and would all be linted too.
    await copy.run('git', 'rm', '-r', '--quiet', 'apps', 'tools/reliability');
    await copy.commit();
  });
  afterAll(() => copy?.remove());

  it('exits 1 on an offence in a feature and 0 without it', () =>
    expectRefused(copy, 'libs/feature-health/src/lib/offender.ts', 'feature-health'));
});
