import { expectRefused } from '../testing/expect-refused';
import { WorkspaceCopy } from '../testing/workspace-copy';

jest.setTimeout(1_500_000);

/** The same as in boundary.spec.ts, in other places. */
describe('npx nx affected:lint', () => {
  let copy: WorkspaceCopy;

  beforeAll(async () => {
    copy = await WorkspaceCopy.create();
  });
  afterAll(() => copy?.remove());

  it.each([
    ['a loose file at the root', 'offender.mjs'],
    ['a folder that is no project', 'libs/unowned/offender.ts'],
  ])('exits 1 on an offence in %s and 0 without it', (_title, file) =>
    expectRefused(copy, file, 'workspace'),
  );
});
