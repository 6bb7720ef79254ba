import { joinPathFragments } from '@nx/devkit';
import type { GeneratorCallback, Tree } from '@nx/devkit';
import { Draft } from '../draft/draft';
import { addDependencies } from '../library/add-dependencies';
import { addReferences } from '../library/add-references';
import { exportFromBarrel } from '../library/export-from-barrel';
import { featureLibrary } from '../library/feature-library';
import { nameOf } from '../library/name-of';
import { REDIS, SERVERS } from '../library/package-names';
import { provideInModule } from '../library/provide-in-module';
import { checkChoices } from './lib/check-choices';
import { planCacheService } from './lib/plan-cache-service';
import { serviceText } from './lib/service-text';
import { specText } from './lib/spec-text';
import type { RedisCacheServiceOptions } from './options';

/**
 * Adds a cache service to a feature library, which is made when it does not exist. Run twice, it changes nothing; a
 * file that is there already is kept, whatever is in it.
 *
 * @throws Error that says what to do, with the tree untouched, when an option, the project, its module or its barrel
 * cannot be used
 */
export async function redisCacheServiceGenerator(
  tree: Tree,
  options: RedisCacheServiceOptions,
): Promise<GeneratorCallback> {
  const cacheName = nameOf(options.name, 'a cache service', /-cache(-?\.?service)?$/);
  const choices = checkChoices(options);
  const draft = new Draft(tree);
  const library = await featureLibrary(draft, options);
  const service = planCacheService(draft, library, cacheName, options, choices);
  const file = joinPathFragments(library.directory, service.fileName);

  draft.create(`${file}.ts`, serviceText(service));
  if (!options.skipTests) draft.create(`${file}.spec.ts`, specText(service));
  provideInModule(draft, library.modulePath, service.className, file, ['providers', 'exports']);
  exportFromBarrel(draft, library.barrelPath, service.className, file);
  addDependencies(draft, library.root, [REDIS, '@nestjs/common', ...(service.schemaName ? ['zod'] : [])]);
  addReferences(draft, library.root, options.skipTests ? [REDIS] : [REDIS, SERVERS]);
  return draft.apply(options);
}

export default redisCacheServiceGenerator;
