import * as ts from 'typescript';
import { namesOfImport } from './names-of-import';

/** The call `Module(…)` that decorates the file's module. @throws Error when there is none, or more than one. */
export function findModuleMetadata(source: ts.SourceFile): ts.CallExpression {
  const names = namesOfImport(source, 'Module', '@nestjs/common');
  const calls = source.statements
    .filter(ts.isClassDeclaration)
    .flatMap((declaration) => ts.getDecorators(declaration) ?? [])
    .map((decorator) => decorator.expression)
    .filter(ts.isCallExpression)
    .filter((call) => names.has(call.expression.getText(source)));
  const [only] = calls;
  if (only && calls.length === 1) return only;
  throw new Error(
    `${source.fileName} has ${calls.length} classes with @Module() of @nestjs/common, and one is needed: ` +
      'give each module a file of its own, or name another file with --module.',
  );
}
