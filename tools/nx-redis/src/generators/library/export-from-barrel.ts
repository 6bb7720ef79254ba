import { addExport } from '../../syntax/add-export';
import { parse } from '../../syntax/source-edit';
import type { Draft } from '../draft/draft';
import { importPath } from './import-path';

/** @param file of the class, without extension. @throws Error when the barrel exports the name from elsewhere. */
export function exportFromBarrel(draft: Draft, barrelPath: string, className: string, file: string): void {
  const text = draft.exists(barrelPath) ? draft.read(barrelPath) : '';
  const edited = addExport(parse(barrelPath, text), className, importPath(barrelPath, file));
  if (text === '' && !draft.exists(barrelPath)) draft.create(barrelPath, edited);
  else draft.edit(barrelPath, edited);
}
