/** One way round a boundary: the statement, where it is put, and the rule that must report it. */
export interface BoundaryFixture {
  title: string;
  /** Folder, from the workspace's root; '.' is the root. */
  folder: string;
  code: string;
  rule: string;
  /** Default `ts`. */
  extension?: string;
  /** Ending of the file's name before the extension, e.g. `.spec`. */
  role?: string;
  /** Files that belong to the case and offend nobody, by path. */
  besides?: Record<string, string>;
}

const BOUNDARY = '@nx/enforce-module-boundaries';
const SYNTAX = 'no-restricted-syntax';
const REQUIRE = '@typescript-eslint/no-require-imports';
const REFERENCE = '@typescript-eslint/triple-slash-reference';
const TEST_ONLY = '@typescript-eslint/no-restricted-imports';

const FEATURE = 'libs/feature-health/src/lib';
const API = 'apps/api/src';
const UTIL = 'libs/util-http/src/lib';
const DATABASE = 'libs/data-access-database/src/lib';
const REDIS = 'libs/data-access-redis/src/lib';
const IMPORT = `import { Redis } from 'ioredis';\nexport const made = Redis;`;
const TSCONFIG = JSON.stringify({ extends: '../../tsconfig.base.json', include: ['src'] });
const SCHEDULE = `export { LeaderCron } from '@sluice/data-access-redis/schedule';`;

type Row = [title: string, folder: string, code: string, rule: string, more?: Partial<BoundaryFixture>];

const IN_A_FEATURE: [title: string, code: string, rule: string][] = [
  ['static import', IMPORT, BOUNDARY],
  ['type-only import', `import type { Redis } from 'ioredis';\nexport type Made = Redis;`, BOUNDARY],
  ['side-effect import', `import 'ioredis';`, BOUNDARY],
  ['export from', `export { Redis } from 'ioredis';`, BOUNDARY],
  ['export *', `export * from 'ioredis';`, BOUNDARY],
  ['dynamic import', `export const made = () => import('ioredis');`, BOUNDARY],
  ['require', `export const made = require('ioredis');`, BOUNDARY],
  ['require, as require', `export const made = require('ioredis');`, REQUIRE],
  ['require.resolve', `export const made = require.resolve('ioredis');`, BOUNDARY],
  ['sub-path import', `export { default } from 'ioredis/built/Redis';`, BOUNDARY],
  ['sub-path require', `export const made = require('ioredis/built/Redis');`, BOUNDARY],
  ['template literal in import()', 'export const made = () => import(`ioredis`);', SYNTAX],
  ['template literal in require()', 'export const made = require(`ioredis`);', SYNTAX],
  ['import =', `import made = require('ioredis');\nexport { made };`, REQUIRE],
  ['import type by call', `export type Made = import('ioredis').Redis;`, SYNTAX],
  [
    'createRequire',
    `import { createRequire } from 'node:module';\nexport const made = createRequire(__filename)('ioredis');`,
    SYNTAX,
  ],
  ['module.require', `export const made = module.require('ioredis');`, SYNTAX],
  ['computed member require', `export const made = module['require']('ioredis');`, SYNTAX],
  ['require by another name', `const load = require;\nexport const made = load('ioredis');`, SYNTAX],
  ['require handed on', `export const made = [].map.call(['ioredis'], require);`, SYNTAX],
  ['require.main', `export const made = require.main?.require('ioredis');`, SYNTAX],
  ['computed import()', `const name = 'io' + 'redis';\nexport const made = () => import(name);`, SYNTAX],
  ['computed require()', `export const made = require('io' + 'redis');`, SYNTAX],
  ['triple-slash reference', `/// <reference types="ioredis" />\nexport {};`, REFERENCE],
  ['evaluated', `export const made = eval("require('ioredis')");`, 'no-eval'],
  ['disable comment', `// eslint-disable-next-line\n${IMPORT}`, BOUNDARY],
  ['disable comment for the file', `/* eslint-disable */\n${IMPORT}`, BOUNDARY],
  ['relative path into node_modules', `export * from '../../../../node_modules/ioredis';`, BOUNDARY],
  ['another client: redis', `export { createClient } from 'redis';`, BOUNDARY],
  ['another client: @redis/client', `export { createClient } from '@redis/client';`, BOUNDARY],
  ['another client: iovalkey', `import Valkey from 'iovalkey';\nexport const made = Valkey;`, BOUNDARY],
  ['another client: @valkey/valkey-glide', `export * from '@valkey/valkey-glide';`, BOUNDARY],
  ['another client: @upstash/redis', `export { Redis } from '@upstash/redis';`, BOUNDARY],
  ['another client: bullmq', `export { Queue } from 'bullmq';`, BOUNDARY],
  ['transitive package', `export * from '@ioredis/commands';`, BOUNDARY],
  ['database: drizzle-orm', `export { sql } from 'drizzle-orm';`, BOUNDARY],
  ['database: sub-path', `export * from 'drizzle-orm/pg-core';`, BOUNDARY],
  ['database: pg', `export { Pool } from 'pg';`, BOUNDARY],
  ['package outside the allow-list', `export { default } from 'pino';`, BOUNDARY],
  ['another feature', `export * from '@sluice/feature-auth';`, BOUNDARY],
  ['another feature, relative', `export * from '../../../feature-auth/src';`, BOUNDARY],
  ['inside of a library', `export * from '@sluice/data-access-redis/src/lib/redis.service';`, SYNTAX],
  ['inside of a library, built', `export * from '@sluice/data-access-redis/dist/index';`, SYNTAX],
  ['inside of an entry point', `export * from '@sluice/data-access-redis/schedule/slot-claims';`, SYNTAX],
  ['entry point of a library that has none', `export * from '@sluice/util-http/schedule';`, SYNTAX],
  [
    'inside of a library, relative',
    `export * from '../../../data-access-redis/src/lib/redis.service';`,
    BOUNDARY,
  ],
  ['test servers in production', `export { startRedis } from '@sluice/testing-servers';`, TEST_ONLY],
  ['@nestjs/testing in production', `export { Test } from '@nestjs/testing';`, TEST_ONLY],
  [
    'test servers in production, dynamic',
    `export const made = () => import('@sluice/testing-servers');`,
    SYNTAX,
  ],
];

const ELSEWHERE: Row[] = [
  ['spec of a feature → ioredis', FEATURE, IMPORT, BOUNDARY, { role: '.spec' }],
  ['spec of a feature → pg', FEATURE, `export { Pool } from 'pg';`, BOUNDARY, { role: '.spec' }],
  ['mocked client', FEATURE, `jest.mock('ioredis');`, SYNTAX, { role: '.spec' }],
  ['mocked client, by the owner', REDIS, `jest.doMock('ioredis');`, SYNTAX, { role: '.spec' }],
  ['mocked client, template', FEATURE, 'jest.mock(`ioredis`);', SYNTAX, { role: '.spec' }],
  ['mocked data access', FEATURE, `jest.mock('@sluice/data-access-redis');`, SYNTAX, { role: '.spec' }],
  ...['tsx', 'cts', 'mts', 'js', 'cjs', 'mjs', 'jsx'].map((extension): Row => [
    `a .${extension} file`,
    'libs/feature-health',
    IMPORT,
    BOUNDARY,
    { extension },
  ]),
  ['require in .cjs', FEATURE, `exports.made = require('ioredis');`, BOUNDARY, { extension: 'cjs' }],
  ['template in .cjs', FEATURE, 'exports.made = require(`ioredis`);', SYNTAX, { extension: 'cjs' }],
  ['api → ioredis', API, IMPORT, BOUNDARY],
  ['api → pg', API, `export { Pool } from 'pg';`, BOUNDARY],
  ['api → test servers', API, `export * from '@sluice/testing-servers';`, TEST_ONLY],
  ['e2e → feature', 'apps/api-e2e/src', `export * from '@sluice/feature-auth';`, TEST_ONLY],
  ['e2e → ioredis', 'apps/api-e2e/src', IMPORT, BOUNDARY, { role: '.spec' }],
  ['util → data-access', UTIL, `export * from '@sluice/data-access-redis';`, BOUNDARY],
  ['util → tasks of the leader', UTIL, `export * from '@sluice/data-access-redis/schedule';`, BOUNDARY],
  ['util → feature', UTIL, `export * from '@sluice/feature-auth';`, BOUNDARY],
  ['util → ioredis', UTIL, IMPORT, BOUNDARY],
  ['data-access → feature', DATABASE, `export * from '@sluice/feature-auth';`, BOUNDARY],
  ['data-access → the other owner', DATABASE, `export * from '@sluice/data-access-redis';`, BOUNDARY],
  ['data-access-database → ioredis', DATABASE, IMPORT, BOUNDARY],
  ['data-access-redis → pg', REDIS, `export { Pool } from 'pg';`, BOUNDARY],
  ['data-access-redis → another client', REDIS, `export { createClient } from 'redis';`, BOUNDARY],
  ['data-access-redis → test servers', REDIS, `export * from '@sluice/testing-servers';`, TEST_ONLY],
  ['testing → ioredis', 'libs/testing-servers/src', IMPORT, BOUNDARY],
  ['testing → util', 'libs/testing-servers/src', `export * from '@sluice/util-http';`, BOUNDARY],
  ['tool → ioredis', 'tools/nx-redis/src', IMPORT, BOUNDARY],
  ['tool → feature', 'tools/nx-redis/src', `export * from '@sluice/feature-auth';`, BOUNDARY],
  ['script → ioredis', 'tools/dev', IMPORT, BOUNDARY, { extension: 'mjs' }],
  ['script → redis', 'tools/dev', `export * from 'redis';`, BOUNDARY, { extension: 'mjs' }],
  ['loose file at the root', '.', IMPORT, BOUNDARY],
  ['loose script at the root', '.', IMPORT, BOUNDARY, { extension: 'mjs' }],
  ['loose file at the root, by path', '.', `export * from './node_modules/ioredis';`, SYNTAX],
  ['loose file beside the libraries', 'libs', IMPORT, BOUNDARY],
  ['folder that is no project', 'libs/unowned/src', IMPORT, BOUNDARY, { extension: 'mts' }],
  [
    'project without a tag',
    'libs/untagged/src',
    IMPORT,
    BOUNDARY,
    {
      besides: {
        'libs/untagged/package.json': JSON.stringify({
          name: '@sluice/untagged',
          dependencies: { ioredis: '6.0.0' },
        }),
        'libs/untagged/tsconfig.json': TSCONFIG,
      },
    },
  ],
  [
    'client by another name',
    'libs/feature-renamed/src',
    `import { Redis } from 'my-cache';\nexport const made = Redis;`,
    BOUNDARY,
    {
      besides: {
        'libs/feature-renamed/package.json': JSON.stringify({
          name: '@sluice/feature-renamed',
          dependencies: { 'my-cache': 'npm:ioredis@6.0.0' },
          nx: { tags: ['scope:feature'] },
        }),
        'libs/feature-renamed/tsconfig.json': TSCONFIG,
      },
    },
  ],
];

/** Every way round that the linter sees. A new one is a row here. */
export const BOUNDARY_FIXTURES: BoundaryFixture[] = [
  ...IN_A_FEATURE.map(([title, code, rule]) => ({ title, folder: FEATURE, code, rule })),
  ...ELSEWHERE.map(([title, folder, code, rule, more]) => ({ title, folder, code, rule, ...more })),
];

/** What must stay possible, in the same form; `rule` must not report it. */
export const ALLOWED_FIXTURES: BoundaryFixture[] = (
  [
    ['feature → data-access', FEATURE, `export { RedisService } from '@sluice/data-access-redis';`, BOUNDARY],
    ['feature → tasks of the leader', FEATURE, SCHEDULE, BOUNDARY],
    ['feature → tasks of the leader', FEATURE, SCHEDULE, SYNTAX],
    ['api → tasks of the leader', API, SCHEDULE, BOUNDARY],
    ['owner → @nestjs/schedule', REDIS, `export { SchedulerRegistry } from '@nestjs/schedule';`, BOUNDARY],
    ['owner → cron', REDIS, `export { CronJob } from 'cron';`, BOUNDARY],
    ['feature → util', FEATURE, `export { HealthRegistry } from '@sluice/util-http';`, BOUNDARY],
    ['feature spec → test servers', FEATURE, `export * from '@sluice/testing-servers';`, TEST_ONLY, 'spec'],
    ['feature spec → test servers', FEATURE, `export * from '@sluice/testing-servers';`, BOUNDARY, 'spec'],
    ['api → feature', API, `export * from '@sluice/feature-auth';`, BOUNDARY],
    ['owner → ioredis', REDIS, IMPORT, BOUNDARY],
    ['owner → drizzle-orm', DATABASE, `export { sql } from 'drizzle-orm';`, BOUNDARY],
    ['owner → pg', DATABASE, `export { Pool } from 'pg';`, BOUNDARY],
    ['tool → test servers', 'tools/nx-redis/src', `export * from '@sluice/testing-servers';`, TEST_ONLY],
    ['Node itself', FEATURE, `export { randomUUID } from 'node:crypto';`, BOUNDARY],
    ['Redis as a word', FEATURE, `export const names = ['redis', 'pg'];`, SYNTAX],
  ] as [string, string, string, string, string?][]
).map(([title, folder, code, rule, role]) => ({
  title,
  folder,
  code,
  rule,
  ...(role && { role: `.${role}` }),
}));
