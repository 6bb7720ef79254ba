import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { findFiles, type LeftOut } from '../sources/find-files';
import { type Manifest, packageAliases, readManifests } from '../sources/manifests';
import { ModuleResolver } from '../sources/module-resolver';
import { readPathMappings } from '../sources/path-mappings';

/** The parsed sources of a repository. */
export interface SourceSet {
  root: string;
  files: ts.SourceFile[];
  /** Says what a name in a file stands for; knows no other file, no library and no types of packages. */
  checker: ts.TypeChecker;
  modules: ModuleResolver;
  manifests: Manifest[];
  leftOut: LeftOut[];
  byPath(path: string): ts.SourceFile | undefined;
  pathOf(node: ts.Node): string;
}

const OPTIONS: ts.CompilerOptions = {
  allowJs: true,
  noLib: true,
  noResolve: true,
  types: [],
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  jsx: ts.JsxEmit.Preserve,
  experimentalDecorators: true,
};

export function readSources(root: string): SourceSet {
  const found = findFiles(root);
  const leftOut = found.leftOut;
  const manifests = readManifests(root, found.manifests, leftOut);
  const mappings = readPathMappings(root, found.configs, leftOut);
  const modules = new ModuleResolver(found.sources, manifests, packageAliases(manifests), mappings);
  const program = ts.createProgram(found.sources, OPTIONS, hostOf(root));
  const checker = program.getTypeChecker();
  const files = found.sources.flatMap((path) => program.getSourceFile(path) ?? []);
  for (const file of files) {
    const [error] = program.getSyntacticDiagnostics(file);
    if (!error) continue;
    const line = file.getLineAndCharacterOfPosition(error.start).line + 1;
    leftOut.push({
      path: file.fileName,
      reason: `does not parse at line ${line}; the rest was read as far as it goes`,
    });
  }
  return {
    root,
    files,
    checker,
    modules,
    manifests,
    leftOut,
    byPath: (path) => program.getSourceFile(path),
    pathOf: (node) => node.getSourceFile().fileName,
  };
}

/** File names are relative to the repository, so that nothing of this machine gets into a result. */
function hostOf(root: string): ts.CompilerHost {
  const read = (name: string) => {
    try {
      return readFileSync(join(root, name), 'utf8');
    } catch {
      return undefined;
    }
  };
  return {
    fileExists: (name) => read(name) !== undefined,
    readFile: read,
    getSourceFile(name, options) {
      const text = read(name);
      return text === undefined ? undefined : ts.createSourceFile(name, text, options, true);
    },
    // Modules are found by ModuleResolver; the checker keeps to one file at a time.
    resolveModuleNameLiterals: (names) => names.map(() => ({ resolvedModule: undefined })),
    getDefaultLibFileName: () => 'lib.d.ts',
    getCurrentDirectory: () => '',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => undefined,
  };
}
