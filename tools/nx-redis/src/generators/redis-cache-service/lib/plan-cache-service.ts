import { joinPathFragments, names, readProjectConfiguration } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import type { CacheServicePlan, RedisCacheServiceOptions } from '../options';
import { findModule } from './find-module';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** @throws Error when the name or the project cannot be used. */
export function planCacheService(tree: Tree, options: RedisCacheServiceOptions): CacheServicePlan {
  const { root, tags = [] } = readProjectConfiguration(tree, options.project);
  const scope = tags.find((tag) => tag.startsWith('scope:'));
  if (scope !== undefined && scope !== 'scope:feature') {
    throw new Error(
      `${options.project} is tagged ${scope}. A cache service belongs to a feature library: choose one with --project.`,
    );
  }

  const cacheName = names(options.name)
    .fileName.replace(/[ _]+/g, '-')
    .replace(/-cache(-?\.?service)?$/, '');
  if (!NAME.test(cacheName) || cacheName.length > 63) {
    throw new Error(
      `"${options.name}" cannot name a cache service: use letters, digits and dashes, beginning with a letter.`,
    );
  }
  const directory = joinPathFragments(root, options.directory ?? 'src/lib');
  if (!`${directory}/`.startsWith(`${root}/src/`)) {
    throw new Error(`--directory=${options.directory} lies outside ${root}/src.`);
  }
  const typeName = names(cacheName).className;
  return {
    projectRoot: root,
    directory,
    cacheName,
    fileName: `${cacheName}-cache.service`,
    typeName,
    className: `${typeName}CacheService`,
    modulePath: findModule(tree, root, options.module),
    barrelPath: joinPathFragments(root, 'src/index.ts'),
    skipFormat: options.skipFormat ?? false,
  };
}
