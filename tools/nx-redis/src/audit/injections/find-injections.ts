import ts from 'typescript';
import type { Injection } from '../audit-result';
import { type DecoratorUse, decoratorsOf, isNest, withoutForwardRef } from '../nest/decorators';
import { type NestProviders, tokenIn } from '../nest/providers';
import { type AuditContext, locate } from '../places/context';
import { nodesOf } from '../syntax/nodes-of';
import { isClientType } from '../makes/match-make';
import { bare, memberName, propertyOf } from '../syntax/member-name';
import type { Injectables, What } from './injectables';

/** An injection, and the class or provider that asks for it. */
export interface FoundInjection {
  node: ts.Node;
  user: ts.Node;
  injection: Injection;
}

export interface InjectionContext extends AuditContext {
  nest: NestProviders;
  injectables: Injectables;
}

/** Every injection of a client, of what stands in front of it, and of what libraries make with it. */
export function findInjections(context: InjectionContext, files: readonly ts.SourceFile[]): FoundInjection[] {
  return files.flatMap((file) => {
    const inFile: FoundInjection[] = importedClients(file, context);
    for (const node of nodesOf(file)) {
      if (ts.isClassLike(node)) inFile.push(...ofClass(node, context));
      else if (ts.isCallExpression(node)) inFile.push(...ofModuleRef(node, context));
      else if (ts.isObjectLiteralExpression(node)) inFile.push(...ofFactory(node, context));
    }
    return inFile;
  });
}

/** Whether Nest makes it: a class with a decorator of Nest's, or one that a module provides. */
export function isMadeByNest(node: ts.ClassLikeDeclaration, { origins, nest }: InjectionContext): boolean {
  return (
    decoratorsOf(node, origins).some(({ origin }) => isNest(origin) || origin?.kind === 'function') ||
    nest.modulesWith(node).length > 0
  );
}

function ofClass(node: ts.ClassLikeDeclaration, context: InjectionContext): FoundInjection[] {
  if (!isMadeByNest(node, context)) return [];
  const found: FoundInjection[] = [];
  const own = node.members.find(ts.isConstructorDeclaration);
  for (const parameter of own?.parameters ?? [])
    found.push(...ofPart(parameter, node, 'constructor', context));
  for (const member of node.members) {
    if (ts.isPropertyDeclaration(member)) found.push(...ofPart(member, node, 'property', context));
    else if (ts.isMethodDeclaration(member)) found.push(...ofMethod(member, node, context));
  }
  return [...found, ...inherited(node, own !== undefined, context)];
}

/** What the classes above ask for; their constructor only when there is none of its own. */
function inherited(
  node: ts.ClassLikeDeclaration,
  hasConstructor: boolean,
  context: InjectionContext,
): FoundInjection[] {
  const base = context.origins.base(node);
  if (base?.kind !== 'class') return [];
  const nearest = base.node.members.find(ts.isConstructorDeclaration);
  const parts = [
    ...(hasConstructor ? [] : (nearest?.parameters ?? [])).map((part) => [part, 'constructor'] as const),
    ...base.node.members.filter(ts.isPropertyDeclaration).map((part) => [part, 'property'] as const),
  ];
  return [
    ...parts.flatMap(([part, by]) => ofPart(part, node, by, context)),
    ...inherited(base.node, hasConstructor || nearest !== undefined, context),
  ].map((one) => ({
    node,
    user: node,
    injection: { ...one.injection, ...locate(node.name ?? node), user: nameOf(node), inherited: true },
  }));
}

function ofPart(
  part: ts.ParameterDeclaration | ts.PropertyDeclaration,
  user: ts.ClassLikeDeclaration,
  by: 'constructor' | 'property',
  context: InjectionContext,
): FoundInjection[] {
  const { origins, injectables } = context;
  const decorators = decoratorsOf(part, origins);
  const optional = decorators.some(({ origin }) => isNest(origin, 'Optional'));
  const make = (what: What | undefined, token: string, how: Injection['by'], forwardRef = false) =>
    what ? [found(part, user, { what, token, by: how, forwardRef, optional })] : [];
  for (const { node, origin, given } of decorators) {
    const external = injectables.ofDecorator(origin);
    if (external) return make(external, node.expression.getText(), 'decorator');
    const inner = origin?.kind === 'function' ? injectIn(origin.node, context) : undefined;
    if (inner) return make(injectables.ofToken(inner), node.expression.getText(), 'decorator');
    if (isNest(origin, 'Inject') && given[0]) {
      const { token, forwardRef } = withoutForwardRef(given[0], origins);
      return make(injectables.ofToken(token), token.getText(), by, forwardRef);
    }
  }
  if (by === 'property' && !decorators.some(({ origin }) => isNest(origin, 'Inject'))) return [];
  return part.type ? make(injectables.ofType(origins.ofType(part.type)), part.type.getText(), by) : [];
}

/** The token of the `Inject()` that a decorator of the repository gives. */
function injectIn(node: ts.SignatureDeclaration, { origins }: InjectionContext): ts.Expression | undefined {
  for (const inner of nodesOf(node)) {
    if (ts.isCallExpression(inner) && isNest(origins.of(inner.expression), 'Inject'))
      return inner.arguments[0];
  }
  return undefined;
}

/** `@LeaderCron()` and the like. */
function ofMethod(
  member: ts.MethodDeclaration,
  user: ts.ClassLikeDeclaration,
  { origins, injectables }: InjectionContext,
): FoundInjection[] {
  return decoratorsOf(member, origins).flatMap(({ node, origin }: DecoratorUse) => {
    const what = injectables.ofDecorator(origin) ?? injectables.ofOwnDecorator(origin);
    if (!what) return [];
    const token = `@${memberNameOf(node)}`;
    return [found(node, user, { what, token, by: 'decorator', forwardRef: false, optional: false })];
  });
}

function memberNameOf(decorator: ts.Decorator): string {
  const expression = bare(decorator.expression);
  return ts.isCallExpression(expression) ? expression.expression.getText() : expression.getText();
}

const ASK = new Set(['get', 'resolve']);

/** `moduleRef.get(RedisService)`, `app.resolve(REDIS_CLIENT)`. */
function ofModuleRef(node: ts.CallExpression, context: InjectionContext): FoundInjection[] {
  const callee = bare(node.expression);
  const [token] = node.arguments;
  if (!token || !ts.isPropertyAccessExpression(callee) || !ASK.has(callee.name.text)) return [];
  const receiver = context.origins.of(callee.expression);
  const isNests = receiver?.kind === 'instance' && isNest(receiver.of);
  const isLikely =
    receiver === undefined && /(moduleRef|app|module|context|injector)$/i.test(callee.expression.getText());
  if (!isNests && !isLikely) return [];
  const what = context.injectables.ofToken(token);
  if (!what) return [];
  const user = ts.findAncestor(node, ts.isClassLike) ?? node.getSourceFile();
  const confidence = isNests ? 'certain' : 'likely';
  const by = { what, token: token.getText(), by: 'moduleRef', forwardRef: false, optional: false } as const;
  return [found(node, user, by, confidence)];
}

/** The `inject` of a provider, or of the options of a dynamic module. */
function ofFactory(node: ts.ObjectLiteralExpression, context: InjectionContext): FoundInjection[] {
  const inject = propertyOf(node, 'inject');
  const list = inject && bare(inject);
  if (!list || !node.properties.some(({ name }) => memberName(name) === 'useFactory')) return [];
  const origin = context.origins.of(list);
  const array = origin?.kind === 'value' ? bare(origin.node) : undefined;
  if (!array || !ts.isArrayLiteralExpression(array)) return [];
  return array.elements.flatMap((element) => {
    const token = tokenIn(element);
    const what = context.injectables.ofToken(token);
    if (!what) return [];
    const name = withoutForwardRef(token, context.origins);
    const optional = token !== element;
    return [
      found(element, node, {
        what,
        token: name.token.getText(),
        by: 'factory',
        forwardRef: name.forwardRef,
        optional,
      }),
    ];
  });
}

/** A live client that another file exports, taken by an import. */
function importedClients(file: ts.SourceFile, context: InjectionContext): FoundInjection[] {
  return file.statements.filter(ts.isImportDeclaration).flatMap(({ importClause }) => {
    const bindings = importClause?.namedBindings;
    const names = [
      ...(importClause?.name ? [importClause.name] : []),
      ...(bindings && ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name) : []),
    ];
    return names.flatMap((name) => {
      const origin = context.origins.ofName(name);
      // The name of a type stands for an instance, too.
      if (origin?.kind !== 'instance' || !isClientType(origin.of) || !isUsedAsValue(name, context)) return [];
      const by = {
        what: 'client',
        token: name.text,
        by: 'import',
        forwardRef: false,
        optional: false,
      } as const;
      return [found(name, file, by)];
    });
  });
}

function isUsedAsValue(name: ts.Identifier, { sources }: InjectionContext): boolean {
  const file = name.getSourceFile();
  for (const node of nodesOf(file)) {
    if (!ts.isIdentifier(node) || node === name || node.text !== name.text) continue;
    if (ts.findAncestor(node, ts.isTypeNode) || ts.findAncestor(node, ts.isImportDeclaration)) continue;
    if (sources.checker.getSymbolAtLocation(node) === sources.checker.getSymbolAtLocation(name)) return true;
  }
  return false;
}

function found(
  node: ts.Node,
  user: ts.Node,
  injection: Pick<Injection, 'what' | 'token' | 'by' | 'forwardRef' | 'optional'>,
  confidence: Injection['confidence'] = 'certain',
): FoundInjection {
  return {
    node,
    user,
    injection: {
      ...locate(node),
      user: nameOf(user),
      ...injection,
      token: injection.token.replace(/\s+/g, ' '),
      inherited: false,
      code: codeOf(node),
      area: 'production',
      confidence,
    },
  };
}

/** Comments and what is assigned stay out. */
function codeOf(node: ts.Node): string {
  const value = ts.isPropertyDeclaration(node) ? node.initializer : undefined;
  const file = node.getSourceFile();
  const text = file.text.slice(node.getStart(file), value ? value.getFullStart() : node.getEnd());
  return text
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replace(/\s*=\s*$|;$/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A class by its name; a factory by what it provides and where. */
export function nameOf(user: ts.Node): string {
  if (ts.isClassLike(user)) return user.name?.text ?? 'a class';
  if (ts.isSourceFile(user)) return user.fileName;
  const around = ts.findAncestor(user, ts.isClassLike)?.name?.text;
  const provided = ts.isObjectLiteralExpression(user) ? propertyOf(user, 'provide')?.getText() : undefined;
  const call = ts.findAncestor(user.parent, (one) => ts.isCallExpression(one) || ts.isClassLike(one));
  const module = call && ts.isCallExpression(call) && !provided ? call.expression.getText() : undefined;
  const name = provided ?? module ?? 'a factory';
  return around === undefined || around === name ? name : `${name} in ${around}`;
}
