import { REDIS } from './package-names';
import { redisOfSpec } from './redis-of-spec';

export interface FeatureNames {
  /** `feature-sample` */
  project: string;
  /** `sample` */
  topic: string;
  /** `SampleModule` */
  moduleName: string;
  packageName: string;
  condition: string | undefined;
  /** The preset of Jest at the root, if there is one. */
  preset: string | undefined;
  hasServers: boolean;
  rangeOf: (dependency: string) => string;
}

/** The files of a new feature library, by path in it. */
export function featureFiles(feature: FeatureNames): Record<string, string> {
  const { topic, moduleName, preset, project } = feature;
  const base = { extends: '../../tsconfig.base.json' };
  return {
    'package.json': json(manifestOf(feature)),
    'tsconfig.json': json({
      ...base,
      files: [],
      include: [],
      references: [{ path: './tsconfig.lib.json' }, { path: './tsconfig.spec.json' }],
    }),
    'tsconfig.lib.json': json({
      ...base,
      compilerOptions: {
        rootDir: 'src',
        outDir: 'dist',
        tsBuildInfoFile: 'dist/tsconfig.lib.tsbuildinfo',
        types: ['node'],
      },
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.spec.ts', 'src/testing/**'],
      references: [],
    }),
    'tsconfig.spec.json': json({
      ...base,
      compilerOptions: { outDir: 'out-tsc/spec', types: ['node', 'jest'] },
      include: ['src/**/*.spec.ts', 'src/testing/**/*.ts'],
      references: [{ path: './tsconfig.lib.json' }],
    }),
    ...(preset && {
      'jest.config.cjs': `module.exports = { preset: '../../${preset}', displayName: '${project}' };\n`,
    }),
    'src/index.ts': `export { ${moduleName} } from './lib/${topic}.module';\n`,
    [`src/lib/${topic}.module.ts`]: `import { Module } from '@nestjs/common';

/** What others may use of it is exported here and in \`src/index.ts\`. */
@Module({})
export class ${moduleName} {}
`,
    [`src/lib/${topic}.module.spec.ts`]: moduleSpec(feature),
  };
}

function manifestOf({ project, topic, packageName, condition, hasServers, rangeOf }: FeatureNames): object {
  const source = condition === undefined ? {} : { [condition]: './src/index.ts' };
  const needed = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'];
  return {
    name: packageName,
    version: '0.1.0',
    description: `The feature ${topic.replaceAll('-', ' ')}`,
    license: 'MIT',
    private: true,
    main: './dist/index.js',
    types: './dist/index.d.ts',
    exports: {
      '.': { ...source, types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    dependencies: {
      ...Object.fromEntries(needed.map((name) => [name, rangeOf(name)])),
      [REDIS]: hasServers ? '*' : rangeOf(REDIS),
    },
    nx: { name: project, tags: ['scope:feature'] },
  };
}

function moduleSpec({ topic, moduleName, hasServers }: FeatureNames): string {
  const redis = redisOfSpec(hasServers);
  return `import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { RedisModule } from '@sluice/data-access-redis';
${redis.imports}import { ${moduleName} } from './${topic}.module';

describe('${moduleName} on a real Redis', () => {
${redis.declaration}  let app: TestingModule;

  beforeAll(async () => {
${redis.start}    app = await Test.createTestingModule({
      imports: [RedisModule.forRoot({ url: ${redis.url}, keyPrefix: \`test-\${randomUUID()}:\` }), ${moduleName}],
    }).compile();
  });

  afterAll(async () => {
    await app?.close();
${redis.stop}  });

  it('starts', async () => {
    await app.init();
    expect(app.get(${moduleName})).toBeInstanceOf(${moduleName});
  });
});
`;
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
