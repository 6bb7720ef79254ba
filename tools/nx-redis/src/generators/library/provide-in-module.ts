import { addImport } from '../../syntax/add-import';
import { addToMetadata } from '../../syntax/add-to-metadata';
import type { MetadataList } from '../../syntax/add-to-metadata';
import { parse } from '../../syntax/source-edit';
import type { Draft } from '../draft/draft';
import { importPath } from './import-path';

/**
 * Imports a class into a module, and puts it into these lists of its `@Module()`.
 *
 * @param file of the class, without extension
 * @throws Error when it cannot be sure that nothing gets lost
 */
export function provideInModule(
  draft: Draft,
  modulePath: string,
  className: string,
  file: string,
  lists: readonly MetadataList[],
): void {
  const before = draft.read(modulePath);
  const added = addImport(parse(modulePath, before), className, importPath(modulePath, file));
  let { text } = added;
  for (const list of lists) text = addToMetadata(parse(modulePath, text), list, added.as);
  draft.edit(modulePath, text);
}
