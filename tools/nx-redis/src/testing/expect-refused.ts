import type { WorkspaceCopy } from './workspace-copy';

/** What a file may hold anywhere. */
export const INNOCENT = 'export const limit = 5;\n';

/** Fails unless `nx affected:lint` refuses a way round to Redis in this file, as one of this project, and is content without it. */
export async function expectRefused(copy: WorkspaceCopy, file: string, project: string): Promise<void> {
  const affected = () => copy.run('nx', 'affected:lint', '--base=HEAD', '--output-style=static');

  copy.write(file, `export { Redis } from 'ioredis';\n`);
  const refused = await affected();
  expect(refused.output).toContain(`nx run ${project}:lint`);
  expect(refused.output).toContain('@nx/enforce-module-boundaries');
  expect(refused.code).toBe(1);

  copy.write(file, INNOCENT);
  expect(await affected()).toMatchObject({ code: 0 });
}
