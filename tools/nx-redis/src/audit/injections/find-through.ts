import ts from 'typescript';
import type { Through } from '../audit-result';
import { decoratorsOf, isNest } from '../nest/decorators';
import { tokenIn } from '../nest/providers';
import { areaOf } from '../places/areas';
import { locate } from '../places/context';
import { nodesOf } from '../syntax/nodes-of';
import { bare, propertyOf } from '../syntax/member-name';
import type { Origin } from '../syntax/origin';
import { type FoundInjection, type InjectionContext, isMadeByNest, nameOf } from './find-injections';

interface Step {
  to: ts.Node;
  /** How it is written in a path; '' for a plain injection. */
  how: string;
}

/** Classes that inject no Redis, but something that does, over any number of steps; each with its shortest paths. */
export function findThrough(
  context: InjectionContext,
  files: readonly ts.SourceFile[],
  injections: readonly FoundInjection[],
  owners: readonly string[],
): Through[] {
  const users = new Map<ts.Node, Set<string>>();
  for (const { user, injection } of injections) {
    users.set(user, (users.get(user) ?? new Set()).add(injection.token));
  }
  const classes = files
    .flatMap((file) => [...nodesOf(file)])
    .filter((node): node is ts.ClassLikeDeclaration => ts.isClassLike(node) && isMadeByNest(node, context));
  const steps = new Map<ts.Node, Step[]>(classes.map((node) => [node, stepsOf(node, context)]));
  for (const node of classes) addGivenWork(node, users, steps, context);
  return classes
    .filter((node) => !users.has(node) && areaOf(node.getSourceFile().fileName, owners, []) === 'production')
    .flatMap((node) => {
      const paths = shortest(node, steps, users);
      if (paths.length === 0) return [];
      return [{ ...locate(node.name ?? node), user: nameOf(node), paths, area: 'production' as const }];
    });
}

function shortest(
  from: ts.Node,
  steps: ReadonlyMap<ts.Node, Step[]>,
  users: ReadonlyMap<ts.Node, ReadonlySet<string>>,
): string[][] {
  const found = new Map<string, string[]>();
  const seen = new Set([from]);
  let paths: { at: ts.Node; names: string[] }[] = [{ at: from, names: [] }];
  while (paths.length > 0) {
    const next: typeof paths = [];
    for (const { at, names } of paths) {
      for (const { to, how } of steps.get(at) ?? []) {
        if (seen.has(to)) continue;
        seen.add(to);
        const longer = [...names, `${how}${nameOf(to)}`];
        for (const token of users.get(to) ?? []) {
          if (!found.has(token)) found.set(token, [...longer, token]);
        }
        next.push({ at: to, names: longer });
      }
    }
    paths = next;
  }
  return [...found.values()];
}

/** What a class asks for: other classes, and factories of providers. */
function stepsOf(node: ts.ClassLikeDeclaration, context: InjectionContext): Step[] {
  const { origins } = context;
  const own = node.members.find(ts.isConstructorDeclaration);
  const parts = [...(own?.parameters ?? []), ...node.members.filter(ts.isPropertyDeclaration)];
  const steps = parts.flatMap((part) => {
    const inject = decoratorsOf(part, origins).find(({ origin }) => isNest(origin, 'Inject'));
    if (inject?.given[0]) return behindToken(inject.given[0], context);
    if (ts.isPropertyDeclaration(part) && !inject) return [];
    return part.type ? behindType(origins.ofType(part.type), context) : [];
  });
  const base = origins.base(node);
  return base?.kind === 'class' ? [...steps, ...stepsOf(base.node, context)] : steps;
}

function behindType(origin: Origin | undefined, context: InjectionContext): Step[] {
  if (origin?.kind !== 'instance' || origin.of.kind !== 'class') return [];
  const { node } = origin.of;
  const provided = context.nest.providersOf(`class ${node.getSourceFile().fileName} ${node.pos}`);
  return [{ to: node, how: '' }, ...provided.flatMap((provider) => behindProvider(provider.node, context))];
}

function behindToken(token: ts.Expression, context: InjectionContext): Step[] {
  const id = context.nest.tokenOf(token);
  const origin = context.origins.of(token);
  const itself: Step[] = origin?.kind === 'class' ? [{ to: origin.node, how: '' }] : [];
  return [
    ...itself,
    ...context.nest.providersOf(id).flatMap((provider) => behindProvider(provider.node, context)),
  ];
}

/** The provider itself, when its factory asks for Redis; and what it stands for. */
function behindProvider(node: ts.ObjectLiteralExpression, context: InjectionContext): Step[] {
  const { origins, nest } = context;
  const steps: Step[] = [{ to: node, how: '' }];
  for (const key of ['useClass', 'useExisting']) {
    const origin = origins.of(propertyOf(node, key) ?? node);
    if (origin?.kind === 'class') steps.push({ to: origin.node, how: '' });
  }
  const inject = propertyOf(node, 'inject');
  const list = inject && bare(inject);
  if (list && ts.isArrayLiteralExpression(list)) {
    for (const element of list.elements) {
      const value = nest.valueOf(tokenIn(element));
      if (value?.kind === 'instance' && value.of.kind === 'class') steps.push({ to: value.of.node, how: '' });
    }
  }
  return steps;
}

/**
 * `this.registry.register({ check: () => this.redis.ping() })`: the registry, and who asks it, use Redis by what they
 * were given to do.
 */
function addGivenWork(
  node: ts.ClassLikeDeclaration,
  users: ReadonlyMap<ts.Node, unknown>,
  steps: Map<ts.Node, Step[]>,
  { origins }: InjectionContext,
): void {
  if (!users.has(node)) return;
  for (const call of nodesOf(node)) {
    if (!ts.isCallExpression(call) || !call.arguments.some(hasFunction)) continue;
    const callee = bare(call.expression);
    if (!ts.isPropertyAccessExpression(callee)) continue;
    const receiver = origins.of(callee.expression);
    if (receiver?.kind !== 'instance' || receiver.of.kind !== 'class' || users.has(receiver.of.node))
      continue;
    if (receiver.of.node === node) continue;
    const known = steps.get(receiver.of.node) ?? [];
    steps.set(receiver.of.node, [...known, { to: node, how: 'given work by ' }]);
  }
}

function hasFunction(argument: ts.Expression): boolean {
  for (const node of nodesOf(argument)) {
    if ((ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && node.getText().includes('this.'))
      return true;
  }
  return false;
}
