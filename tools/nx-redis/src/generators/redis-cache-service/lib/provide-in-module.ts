import { joinPathFragments } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { addImport } from '../../../syntax/add-import';
import { addToMetadata } from '../../../syntax/add-to-metadata';
import { parse } from '../../../syntax/source-edit';
import type { CacheServicePlan } from '../options';
import { importPath } from './import-path';

/** The module's text with the service imported, provided and exported. @throws Error when it cannot be sure. */
export function provideInModule(tree: Tree, plan: CacheServicePlan): string {
  const { modulePath, className, directory, fileName } = plan;
  let text = tree.read(modulePath, 'utf8') ?? '';
  text = addToMetadata(parse(modulePath, text), 'providers', className);
  text = addToMetadata(parse(modulePath, text), 'exports', className);
  return addImport(
    parse(modulePath, text),
    className,
    importPath(modulePath, joinPathFragments(directory, fileName)),
  );
}
