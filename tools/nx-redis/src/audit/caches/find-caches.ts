import ts from 'typescript';
import type { Cache } from '../audit-result';
import { INJECTABLES } from '../injections/known-injectables';
import { type AuditContext, locate } from '../places/context';
import { nodesOf } from '../syntax/nodes-of';
import { bare, functionOf, propertyOf } from '../syntax/member-name';
import type { Injectables } from '../injections/injectables';
import { keysOf } from './key-patterns';
import { written } from './written';

/** Every `redis.cache(name, options)` of the wrapper service. */
export function findCaches(
  context: AuditContext,
  injectables: Injectables,
  files: readonly ts.SourceFile[],
): Cache[] {
  return files.flatMap((file) =>
    [...nodesOf(file)].flatMap((node) =>
      ts.isCallExpression(node) && isCache(node, context, injectables) ? [describe(node, context)] : [],
    ),
  );
}

function isCache(node: ts.CallExpression, { origins }: AuditContext, injectables: Injectables): boolean {
  const callee = bare(node.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'cache') return false;
  const receiver = origins.of(callee.expression);
  if (receiver?.kind !== 'instance') return false;
  if (receiver.of.kind === 'class') return injectables.ofClass(receiver.of.node) === 'service';
  const { of } = receiver;
  return (
    of.kind === 'export' &&
    INJECTABLES.some(
      ({ name, packages, what }) => what === 'service' && name === of.name && packages.includes(of.package),
    )
  );
}

function describe(node: ts.CallExpression, context: AuditContext): Cache {
  const [name, options] = node.arguments;
  const origin = options && context.origins.of(options);
  const object = origin?.kind === 'value' ? bare(origin.node) : undefined;
  const of = (key: string): string => {
    if (!object || !ts.isObjectLiteralExpression(object)) return object || !options ? '–' : options.getText();
    const value = propertyOf(object, key);
    const method = functionOf(object, key);
    return value
      ? written(value, context)
      : method
        ? written(method as unknown as ts.Expression, context)
        : '–';
  };
  const cache = name ? written(name, context) : '?';
  return {
    ...locate(node),
    name: cache,
    owner: ts.findAncestor(node, ts.isClassLike)?.name?.text ?? node.getSourceFile().fileName,
    ttl: of('ttl'),
    tags: of('tags'),
    near: of('near'),
    keys: keysOf(node, cache, context),
    area: 'production',
  };
}
