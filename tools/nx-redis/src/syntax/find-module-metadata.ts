import * as ts from 'typescript';

/** The call `Module(…)` that decorates the file's module. @throws Error when there is none, or more than one. */
export function findModuleMetadata(source: ts.SourceFile): ts.CallExpression {
  const calls = source.statements
    .filter(ts.isClassDeclaration)
    .flatMap((declaration) => ts.getDecorators(declaration) ?? [])
    .map((decorator) => decorator.expression)
    .filter(ts.isCallExpression)
    .filter((call) => ts.isIdentifier(call.expression) && call.expression.text === 'Module');
  const [only] = calls;
  if (only && calls.length === 1) return only;
  throw new Error(
    `${source.fileName} has ${calls.length} classes with @Module(): name the file of one module with --module.`,
  );
}
