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
  let offending: Map<string, LintResult>;
  let cleaned: Map<string, LintResult>;

  const all = [...BOUNDARY_FIXTURES, ...ALLOWED_FIXTURES];
  const fileOf = (fixture: BoundaryFixture) =>
    `${fixture.folder}/case-${all.indexOf(fixture)}${fixture.role ?? ''}.${fixture.extension ?? 'ts'}`;
  const rulesOf = (results: Map<string, LintResult>, fixture: BoundaryFixture) =>
    results.get(fileOf(fixture))?.messages.map(({ ruleId, message }) => ruleId ?? message);

  async function lint(): Promise<Map<string, LintResult>> {
    const { output } = await copy.run('eslint', '--format', 'json', ...all.map(fileOf));
    const results = JSON.parse(output) as LintResult[];
    return new Map(all.map((fixture) => [fileOf(fixture), resultOf(results, fixture)]));
  }

  function resultOf(results: LintResult[], fixture: BoundaryFixture): LintResult {
    const path = fileOf(fixture).replace(/^\.\//, '');
    const found = results.find(({ filePath }) => filePath.endsWith(`/${path}`));
    if (!found) throw new Error(`not linted: ${path}`);
    return found;
  }

  beforeAll(async () => {
    copy = await WorkspaceCopy.create();
    for (const fixture of all) {
      copy.write(fileOf(fixture), INNOCENT);
      for (const [path, text] of Object.entries(fixture.besides ?? {})) copy.write(path, text);
    }
    // The boundary rule reads the project graph that nx leaves behind, and is silent without one.
    await copy.run('nx', 'show', 'projects');
    cleaned = await lint();
    for (const fixture of all) copy.write(fileOf(fixture), `${fixture.code}\n${INNOCENT}`);
    offending = await lint();
  });

  afterAll(() => copy?.remove());

  it.each(BOUNDARY_FIXTURES.map((fixture) => [fixture.title, fixture.rule, fixture] as const))(
    '%s is reported by %s, and passes once it is gone',
    (_title, rule, fixture) => {
      expect(rulesOf(offending, fixture)).toContain(rule);
      expect(rulesOf(cleaned, fixture)).toEqual([]);
    },
  );

  it.each(ALLOWED_FIXTURES.map((fixture) => [fixture.title, fixture.rule, fixture] as const))(
    '%s is allowed by %s',
    (_title, rule, fixture) => expect(rulesOf(offending, fixture)).not.toContain(rule),
  );

  it('are reported in the words that the README shows', () => {
    const [, message, ruleId] = /^ +1:1 +error +(.+?) {2,}(\S+)$/m.exec(copy.read('README.md')) ?? [];
    const [staticImport] = BOUNDARY_FIXTURES;
    const reported = staticImport && offending.get(fileOf(staticImport))?.messages;
    expect(reported).toContainEqual(expect.objectContaining({ message, ruleId }));
  });
});

/** Of other places than a feature: boundary.long.spec.ts. */
describe('npx nx affected:lint', () => {
  let copy: WorkspaceCopy;

  beforeAll(async () => {
    copy = await WorkspaceCopy.create();
  });
  afterAll(() => copy?.remove());

  it('exits 1 on an offence in a feature and 0 without it', () =>
    expectRefused(copy, 'libs/feature-health/src/lib/offender.ts', 'feature-health'));
});
