import * as ts from 'typescript';
import { joinPathFragments, visitNotIgnoredFiles } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { parse } from '../../../syntax/source-edit';

export interface Entity {
  name: string;
  file: string;
  source: ts.SourceFile;
}

/**
 * The type that `--entity` names: `Profile`, `src/lib/profile.ts`, or `src/lib/profile.ts#Profile`.
 *
 * @param root of the library, in which it must be
 * @param wanted the name it is likely to have when a file has several
 * @throws Error when there is none, or more than one
 */
export function findEntity(tree: Tree, root: string, entity: string, wanted: string): Entity {
  const [path = '', name] = entity.split('#');
  if (!/[./]/.test(path)) return byName(tree, root, path);
  const file = [path, joinPathFragments(root, path)]
    .flatMap((one) => [one, `${one}.ts`])
    .find((one) => one.endsWith('.ts') && tree.exists(one));
  if (file === undefined)
    throw new Error(`--entity=${entity}: there is no such file, from here or in ${root}.`);
  if (!file.startsWith(`${root}/src/`)) {
    throw new Error(
      `--entity=${entity} lies outside ${root}/src. What a feature caches has a type of the feature's own: declare one.`,
    );
  }
  const source = parse(file, tree.read(file, 'utf8') ?? '');
  const types = exportedTypes(source);
  const chosen = name ?? (types.length === 1 ? types[0] : types.find((type) => type === wanted));
  if (chosen !== undefined && types.includes(chosen)) return { name: chosen, file, source };
  throw new Error(
    `--entity=${entity}: ${file} exports ${types.length === 0 ? 'no type' : types.join(', ')}. ` +
      `Name one of its types: --entity=${path}#Name.`,
  );
}

function byName(tree: Tree, root: string, name: string): Entity {
  const found: Entity[] = [];
  visitNotIgnoredFiles(tree, joinPathFragments(root, 'src'), (path) => {
    if (!path.endsWith('.ts') || path.endsWith('.spec.ts')) return;
    const text = tree.read(path, 'utf8') ?? '';
    if (!text.includes(name)) return;
    const file = joinPathFragments(path);
    const source = parse(file, text);
    if (exportedTypes(source).includes(name)) found.push({ name, file, source });
  });
  const [only] = found;
  if (only && found.length === 1) return only;
  const where = found.map(({ file }) => `${file}#${name}`).join(', ');
  throw new Error(
    only
      ? `--entity=${name} is exported by several files, choose one: ${where}`
      : `--entity=${name}: no file in ${root}/src exports a type of this name. Leave the option out to have one written.`,
  );
}

function exportedTypes(source: ts.SourceFile): string[] {
  return source.statements
    .filter(
      (one): one is ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.ClassDeclaration =>
        ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one) || ts.isClassDeclaration(one),
    )
    .filter(({ modifiers }) => modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .map(({ name }) => name?.text ?? '');
}
