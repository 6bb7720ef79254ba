import { WorkspaceCopy } from '../../testing/workspace-copy';

const ROOT = 'libs/feature-sample';

/** The real command in a copy of the workspace: what it writes builds, lints and passes its test with no edit. */
describe('nx generate redis-cache-service', () => {
  jest.setTimeout(600_000);
  let copy: WorkspaceCopy;

  beforeAll(async () => {
    copy = await WorkspaceCopy.create();
    const manifest = JSON.parse(copy.read('libs/feature-health/package.json')) as Record<string, unknown>;
    copy.write(
      `${ROOT}/package.json`,
      JSON.stringify({
        ...manifest,
        name: '@sluice/feature-sample',
        dependencies: {},
        devDependencies: {},
        nx: { name: 'feature-sample', tags: ['scope:feature'] },
      }),
    );
    const tsconfig = { extends: '../../tsconfig.base.json' };
    copy.write(
      `${ROOT}/tsconfig.json`,
      JSON.stringify({
        ...tsconfig,
        files: [],
        references: [{ path: './tsconfig.lib.json' }, { path: './tsconfig.spec.json' }],
      }),
    );
    copy.write(
      `${ROOT}/tsconfig.lib.json`,
      JSON.stringify({
        ...tsconfig,
        compilerOptions: { rootDir: 'src', outDir: 'dist', types: ['node'] },
        include: ['src/**/*.ts'],
        exclude: ['src/**/*.spec.ts'],
      }),
    );
    copy.write(
      `${ROOT}/tsconfig.spec.json`,
      JSON.stringify({
        ...tsconfig,
        compilerOptions: { outDir: 'out-tsc/spec', types: ['node', 'jest'] },
        include: ['src/**/*.spec.ts'],
        references: [{ path: './tsconfig.lib.json' }],
      }),
    );
    copy.write(
      `${ROOT}/jest.config.cjs`,
      `module.exports = { preset: '../../jest.preset.cjs', displayName: 'feature-sample' };\n`,
    );
    copy.write(`${ROOT}/src/index.ts`, `export { SampleModule } from './lib/sample.module';\n`);
    copy.write(
      `${ROOT}/src/lib/sample.module.ts`,
      `import { Module } from '@nestjs/common';\n\n@Module({})\nexport class SampleModule {}\n`,
    );
    await copy.commit();
  });

  afterAll(() => copy?.remove());

  const generate = () =>
    succeeds(
      'nx',
      'generate',
      'redis-cache-service',
      'price-list',
      '--project=feature-sample',
      '--no-interactive',
    );

  async function succeeds(program: string, ...words: string[]): Promise<string> {
    const { code, output } = await copy.run(program, ...words);
    if (code !== 0) throw new Error(`${program} ${words.join(' ')} answered ${code}:\n${output}`);
    return output;
  }

  it('writes code that is formatted, builds, lints and passes its test', async () => {
    await generate();
    const status = await succeeds('git', 'status', '--porcelain', '--untracked-files=all');
    expect(
      status
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).join(' '))
        .sort(),
    ).toEqual([
      `?? ${ROOT}/src/lib/price-list-cache.service.spec.ts`,
      `?? ${ROOT}/src/lib/price-list-cache.service.ts`,
      `M ${ROOT}/package.json`,
      `M ${ROOT}/src/index.ts`,
      `M ${ROOT}/src/lib/sample.module.ts`,
      `M ${ROOT}/tsconfig.lib.json`,
      `M ${ROOT}/tsconfig.spec.json`,
    ]);

    await succeeds('prettier', '--check', `${ROOT}/src`);
    await succeeds('tsc', '--build', `${ROOT}/tsconfig.json`);
    await succeeds('nx', 'run', 'feature-sample:lint', '--output-style=static');
    await succeeds('jest', '-c', `${ROOT}/jest.config.cjs`);
  });

  it('changes nothing when it is run again', async () => {
    await copy.commit();
    const output = await generate();
    expect(output).toContain(`KEPT ${ROOT}/src/lib/price-list-cache.service.ts`);
    expect(await succeeds('git', 'status', '--porcelain')).toBe('');
  });
});
