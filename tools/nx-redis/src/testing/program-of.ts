import { dirname, join, resolve } from 'node:path';
import * as ts from 'typescript';

export const ROOT = resolve(__dirname, '../../../..');

/** A program of this workspace over files that are there, and some that are not. */
export function programOf(files: string[], texts: Record<string, string> = {}): ts.Program {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const settings = {
    ...options,
    noEmit: true,
    composite: false,
    types: ['node', 'jest'],
    declarationMap: false,
  };
  const host = ts.createCompilerHost(settings);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...more) => {
    const text = texts[path];
    return text === undefined
      ? read(path, ...more)
      : ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  };
  const exists = host.fileExists.bind(host);
  host.fileExists = (path) => path in texts || exists(path);
  const folders = new Set(Object.keys(texts).flatMap(foldersOf));
  const isFolder = host.directoryExists?.bind(host);
  host.directoryExists = (path) => folders.has(path) || (isFolder?.(path) ?? false);
  return ts.createProgram([...files, ...Object.keys(texts)], settings, host);
}

function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersOf(folder)];
}
