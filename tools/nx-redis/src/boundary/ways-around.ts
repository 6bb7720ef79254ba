/** What catches a way round: a fixture of the linter, by its title, or a check of what the linter cannot see. */
export type CaughtBy =
  | { lint: string }
  /** public-types.spec.ts */
  | { publicTypes: string }
  /** projects.spec.ts */
  | { projects: string };

const lint = (title: string): CaughtBy => ({ lint: title });

/**
 * The 32 ways in which a file of a feature can come to Redis past its door that were tried on linters and their
 * configurations, each of which lets some of them through.
 */
export const WAYS_AROUND: readonly (readonly [way: string, caughtBy: CaughtBy])[] = [
  ['static import', lint('static import')],
  ['type-only import', lint('type-only import')],
  ['side-effect import', lint('side-effect import')],
  ['export from', lint('export from')],
  ['export *', lint('export *')],
  ['require()', lint('require')],
  ['import()', lint('dynamic import')],
  ['require.resolve()', lint('require.resolve')],
  ['sub-path, imported', lint('sub-path import')],
  ['sub-path, required', lint('sub-path require')],
  ['template in require()', lint('template literal in require()')],
  ['template in import()', lint('template literal in import()')],
  ['import = require()', lint('import =')],
  ['import() in a type', lint('import type by call')],
  ['createRequire()', lint('createRequire')],
  ['require by another name', lint('require by another name')],
  ['module.require()', lint('module.require')],
  ['import() of a variable', lint('computed import()')],
  ['reference to types', lint('triple-slash reference')],
  ['jest.mock()', lint('mocked client')],
  ['another client', lint('another client: redis')],
  ['another client that is not installed', lint('another client: iovalkey')],
  ['a package that the client brings', lint('transitive package')],
  ['the client by another name', lint('client by another name')],
  ['path into node_modules', lint('relative path into node_modules')],
  ['file at the root that hands it on', lint('loose file at the root, by path')],
  ['class that the owner exports', { publicTypes: 'a re-export' }],
  ['inside of the owner', lint('inside of a library')],
  ['project without a tag', lint('project without a tag')],
  ['comment that disables the rule', lint('disable comment')],
  ['project without a lint target', { projects: 'have a lint target' }],
  [
    'dependency that nobody imports',
    { projects: 'are one in which a client of Redis is a dependency: its owner' },
  ],
];
