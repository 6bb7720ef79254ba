import ts from 'typescript';
import { bare } from '../syntax/member-name';
import type { Origin, Origins } from '../syntax/origin';

export interface DecoratorUse {
  node: ts.Decorator;
  /** What is called, or stands there uncalled. */
  origin: Origin | undefined;
  given: readonly ts.Expression[];
}

export function decoratorsOf(node: ts.Node, origins: Origins): DecoratorUse[] {
  if (!ts.canHaveDecorators(node)) return [];
  return (ts.getDecorators(node) ?? []).map((decorator) => {
    const expression = bare(decorator.expression);
    const callee = ts.isCallExpression(expression) ? expression.expression : expression;
    const given = ts.isCallExpression(expression) ? expression.arguments : [];
    return { node: decorator, origin: origins.of(callee), given };
  });
}

export function isNest(origin: Origin | undefined, name?: string): boolean {
  return (
    origin?.kind === 'export' &&
    origin.package.startsWith('@nestjs/') &&
    (name === undefined || origin.name === name)
  );
}

/** What `forwardRef(() => X)` is about. */
export function withoutForwardRef(
  expression: ts.Expression,
  origins: Origins,
): { token: ts.Expression; forwardRef: boolean } {
  const node = bare(expression);
  if (ts.isCallExpression(node) && isNest(origins.of(node.expression), 'forwardRef')) {
    const [argument] = node.arguments;
    const body = argument && ts.isArrowFunction(argument) ? argument.body : undefined;
    if (body && !ts.isBlock(body)) return { token: body, forwardRef: true };
  }
  return { token: node, forwardRef: false };
}
