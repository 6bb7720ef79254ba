import ts from 'typescript';
import { classAround } from './assignments';
import { wholeModule } from './declaration-origins';
import { bare, memberName } from './member-name';
import { instance, notFresh, type Origin, type Origins } from './origin';

/** Methods of clients that give the client itself. */
const SELF = new Set(['connect', 'on', 'once', 'off', 'addListener', 'unref', 'withTypeMapping']);

/** Node's own, which nobody declares. */
const REQUIRE: Origin = { kind: 'export', package: 'module', name: 'require' };

/** What an expression stands for. */
export function originOfExpression(expression: ts.Expression, origins: Origins): Origin | undefined {
  const node = bare(expression);
  if (ts.isIdentifier(node)) return origins.ofName(node) ?? (node.text === 'require' ? REQUIRE : undefined);
  if (node.kind === ts.SyntaxKind.ThisKeyword) {
    const around = classAround(node);
    return around && { kind: 'instance', of: { kind: 'class', node: around }, fresh: false };
  }
  if (ts.isPropertyAccessExpression(node)) return origins.member(origins.of(node.expression), node.name.text);
  if (ts.isElementAccessExpression(node)) {
    const name = memberName(node.argumentExpression);
    return name === undefined ? undefined : origins.member(origins.of(node.expression), name);
  }
  if (ts.isNewExpression(node)) return instance(origins.of(node.expression), true) ?? { kind: 'value', node };
  if (ts.isCallExpression(node)) return originOfCall(node, origins) ?? { kind: 'value', node };
  if (ts.isConditionalExpression(node)) {
    const other = origins.of(node.whenFalse);
    const isMade = other?.kind === 'instance' && other.fresh;
    return isMade ? other : either(node.whenTrue, node.whenFalse, origins);
  }
  if (ts.isBinaryExpression(node)) return originOfBinary(node, origins);
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return { kind: 'function', node };
  if (ts.isClassExpression(node)) return { kind: 'class', node };
  return { kind: 'value', node };
}

function originOfBinary(node: ts.BinaryExpression, origins: Origins): Origin | undefined {
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.QuestionQuestionToken:
    case ts.SyntaxKind.BarBarToken:
      return either(node.left, node.right, origins);
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.CommaToken:
      return origins.of(node.right);
    case ts.SyntaxKind.EqualsToken:
      return origins.of(node.right);
    case ts.SyntaxKind.QuestionQuestionEqualsToken:
    case ts.SyntaxKind.BarBarEqualsToken:
      return notFresh(origins.of(node.right));
    default:
      return { kind: 'value', node };
  }
}

/** The first that is more than a written value. */
function either(one: ts.Expression, other: ts.Expression, origins: Origins): Origin | undefined {
  const first = origins.of(one);
  return first && first.kind !== 'value' ? first : (origins.of(other) ?? first);
}

function originOfCall(node: ts.CallExpression, origins: Origins): Origin | undefined {
  const [first] = node.arguments;
  const callee = bare(node.expression);
  if (first && (callee.kind === ts.SyntaxKind.ImportKeyword || isRequire(callee, origins))) {
    const specifier = specifierOf(first, origins);
    if (specifier === undefined) return undefined;
    const module = origins.module(node, specifier);
    return isRequire(callee, origins) ? wholeModule(module, origins) : module;
  }
  if (first && ts.isPropertyAccessExpression(callee)) {
    const owner = callee.expression.getText();
    if (owner === 'Reflect' && callee.name.text === 'construct') return instance(origins.of(first), true);
    if (owner === 'Object' && callee.name.text === 'getPrototypeOf') return origins.of(first);
    // `import('ioredis').then((m) => m.Redis)`
    if (callee.name.text === 'then' && (ts.isArrowFunction(first) || ts.isFunctionExpression(first))) {
      return origins.returned(first);
    }
  }
  const called = origins.of(callee);
  if (called?.kind === 'function') return origins.returned(called.node);
  if (called?.kind === 'export') return instance(called, true);
  if (called?.kind !== 'method') return undefined;
  const isSelf = SELF.has(called.name) && ts.isPropertyAccessExpression(callee);
  return isSelf ? origins.of(callee.expression) : { kind: 'value', node };
}

/** `require` by any name, `module.require`, and what `createRequire` made. */
function isRequire(callee: ts.Expression, origins: Origins): boolean {
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text === 'require';
  const origin = origins.of(callee);
  if (origin?.kind === 'export') return origin === REQUIRE;
  if (origin?.kind !== 'instance' || origin.of.kind !== 'export') return false;
  return origin.of.package === 'module' && origin.of.name === 'createRequire';
}

/** A string, or a constant that is one. */
function specifierOf(expression: ts.Expression, origins: Origins): string | undefined {
  const node = bare(expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  const origin = ts.isIdentifier(node) ? origins.ofName(node) : undefined;
  return origin?.kind === 'value' && ts.isStringLiteralLike(origin.node) ? origin.node.text : undefined;
}
