import { joinPathFragments } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { addExport } from '../../../syntax/add-export';
import { parse } from '../../../syntax/source-edit';
import type { CacheServicePlan } from '../options';
import { importPath } from './import-path';

/** The barrel's text with the service exported. @throws Error when it exports the name from elsewhere. */
export function exportFromBarrel(tree: Tree, plan: CacheServicePlan): string {
  const { barrelPath, className, directory, fileName } = plan;
  const text = tree.read(barrelPath, 'utf8') ?? '';
  return addExport(
    parse(barrelPath, text),
    className,
    importPath(barrelPath, joinPathFragments(directory, fileName)),
  );
}
