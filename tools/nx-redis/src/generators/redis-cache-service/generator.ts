import { formatFiles, logger } from '@nx/devkit';
import type { GeneratorCallback, Tree } from '@nx/devkit';
import { addDependencies } from './lib/add-dependencies';
import { addFiles } from './lib/add-files';
import { addReferences } from './lib/add-references';
import { exportFromBarrel } from './lib/export-from-barrel';
import { planCacheService } from './lib/plan-cache-service';
import { provideInModule } from './lib/provide-in-module';
import type { RedisCacheServiceOptions } from './options';

/**
 * Adds a cache service to a feature library. Run twice, it changes nothing; a file that is there already is kept,
 * whatever is in it.
 *
 * @throws Error that says what to do, with the tree untouched, when the module or the barrel cannot be edited safely.
 */
export async function redisCacheServiceGenerator(
  tree: Tree,
  options: RedisCacheServiceOptions,
): Promise<GeneratorCallback> {
  const plan = planCacheService(tree, options);
  // Both are worked out before anything is written: a refusal leaves the tree as it was.
  const moduleText = provideInModule(tree, plan);
  const barrelText = exportFromBarrel(tree, plan);

  const kept = addFiles(tree, plan);
  tree.write(plan.modulePath, moduleText);
  tree.write(plan.barrelPath, barrelText);
  const added = addDependencies(tree, plan);
  addReferences(tree, plan);
  if (!plan.skipFormat) await formatFiles(tree);

  return () => {
    for (const file of kept) logger.info(`KEPT ${file} (it is there already)`);
    if (added.length > 0) {
      logger.info(`Run \`npm install\`: ${added.join(', ')} is new in ${plan.projectRoot}/package.json.`);
    }
  };
}

export default redisCacheServiceGenerator;
