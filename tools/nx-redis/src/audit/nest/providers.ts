import ts from 'typescript';
import type { AuditContext } from '../places/context';
import { nodesOf } from '../syntax/nodes-of';
import { bare, functionOf, memberName, propertyOf } from '../syntax/member-name';
import { notFresh, type Origin, type Origins } from '../syntax/origin';
import { decoratorsOf, isNest, withoutForwardRef } from './decorators';

/** `{ provide, … }`. */
export interface Provider {
  node: ts.ObjectLiteralExpression;
  token: ts.Expression;
  /** What the factory asks for. */
  inject: readonly ts.Expression[];
}

export interface NestModule {
  name: string;
  node: ts.ObjectLiteralExpression;
  /** Classes and provider objects; of a class of a package, where it is named. */
  providers: ReadonlySet<ts.Node>;
  exports: readonly ts.Expression[];
}

/** The providers and modules of a repository, by what is written. */
export class NestProviders {
  readonly modules: NestModule[] = [];
  readonly providers: Provider[] = [];
  readonly #byToken = new Map<string, Provider[]>();
  /** While a token's value is looked for, so that a circle of aliases ends. */
  readonly #asked = new Set<string>();

  constructor(
    private readonly context: AuditContext,
    files: readonly ts.SourceFile[],
  ) {
    for (const file of files) {
      for (const node of nodesOf(file)) {
        if (ts.isObjectLiteralExpression(node)) this.#addProvider(node);
      }
    }
    for (const file of files) {
      for (const node of nodesOf(file)) {
        if (ts.isObjectLiteralExpression(node)) this.#addModule(node);
      }
    }
  }

  /** The same for whatever stands for one token: a class, a constant, a string. */
  tokenOf(expression: ts.Expression): string {
    const { origins } = this.context;
    const { token } = withoutForwardRef(expression, origins);
    const origin = origins.of(token);
    return identify(origin) ?? `text ${token.getText().replace(/\s+/g, '')}`;
  }

  /** What is injected for a token. */
  valueOf(expression: ts.Expression): Origin | undefined {
    const { token } = withoutForwardRef(expression, this.context.origins);
    return this.valueOfToken(this.tokenOf(token)) ?? instanceOf(this.context.origins.of(token));
  }

  valueOfToken(id: string): Origin | undefined {
    if (this.#asked.has(id)) return undefined;
    this.#asked.add(id);
    try {
      for (const provider of this.#byToken.get(id) ?? []) {
        const value = this.#valueOf(provider);
        if (value && value.kind !== 'value') return value;
      }
      return undefined;
    } finally {
      this.#asked.delete(id);
    }
  }

  providersOf(id: string): readonly Provider[] {
    return this.#byToken.get(id) ?? [];
  }

  /** The token behind another, by `useExisting`. */
  behind(id: string): string {
    let at = id;
    for (let depth = 0; depth < 10; depth++) {
      const existing = this.providersOf(at)
        .map(({ node }) => propertyOf(node, 'useExisting'))
        .find((expression) => expression !== undefined);
      if (!existing) return at;
      at = this.tokenOf(existing);
    }
    return at;
  }

  /** What Nest hands to a parameter: by `@Inject()`, or by the `inject` of a factory. */
  injected(parameter: ts.ParameterDeclaration): Origin | undefined {
    const { origins } = this.context;
    const decorator = decoratorsOf(parameter, origins).find(({ origin }) => isNest(origin, 'Inject'));
    if (decorator?.given[0]) return this.valueOf(decorator.given[0]);
    const factory = parameter.parent;
    const holder = ts.isMethodDeclaration(factory) ? factory.parent : factory.parent.parent;
    if (!holder || !ts.isObjectLiteralExpression(holder)) return undefined;
    if (functionOf(holder, 'useFactory') !== factory) return undefined;
    const asked = injectOf(holder, origins)[factory.parameters.indexOf(parameter)];
    return asked && this.valueOf(tokenIn(asked));
  }

  /** Modules that provide a class or a provider object. */
  modulesWith(node: ts.Node): string[] {
    return this.modules.filter(({ providers }) => providers.has(node)).map(({ name }) => name);
  }

  #valueOf({ node }: Provider): Origin | undefined {
    const { origins } = this.context;
    const useClass = propertyOf(node, 'useClass');
    if (useClass) return instanceOf(origins.of(useClass));
    const useValue = propertyOf(node, 'useValue');
    if (useValue) return notFresh(origins.of(useValue));
    const useExisting = propertyOf(node, 'useExisting');
    if (useExisting) return this.valueOf(useExisting);
    const factory = propertyOf(node, 'useFactory');
    const made = functionOf(node, 'useFactory') ?? functionBehind(factory, origins);
    return made && notFresh(origins.returned(made));
  }

  #addProvider(node: ts.ObjectLiteralExpression): void {
    const token = propertyOf(node, 'provide');
    const kinds = ['useClass', 'useValue', 'useExisting', 'useFactory'];
    if (!token || !node.properties.some(({ name }) => kinds.includes(memberName(name) ?? ''))) return;
    const provider: Provider = { node, token, inject: injectOf(node, this.context.origins) };
    this.providers.push(provider);
    const id = this.tokenOf(token);
    this.#byToken.set(id, [...(this.#byToken.get(id) ?? []), provider]);
  }

  #addModule(node: ts.ObjectLiteralExpression): void {
    const { origins } = this.context;
    const providers = propertyOf(node, 'providers');
    const exported = propertyOf(node, 'exports');
    if (!providers && !exported) return;
    const name = moduleName(node, origins);
    if (name === undefined) return;
    this.modules.push({
      name,
      node,
      providers: new Set(
        providers ? elementsOf(providers, origins).flatMap((one) => definition(one, origins)) : [],
      ),
      exports: exported ? elementsOf(exported, origins) : [],
    });
  }
}

export function identify(origin: Origin | undefined): string | undefined {
  switch (origin?.kind) {
    case 'export':
      return `export ${origin.package} ${origin.name}`;
    case 'class':
    case 'function':
      return `${origin.kind} ${origin.node.getSourceFile().fileName} ${origin.node.pos}`;
    case 'value':
      return ts.isStringLiteralLike(origin.node)
        ? `string ${origin.node.text}`
        : `value ${origin.node.getSourceFile().fileName} ${origin.node.pos}`;
    default:
      return undefined;
  }
}

/** `{ token, optional }` or the token itself. */
export function tokenIn(element: ts.Expression): ts.Expression {
  const node = bare(element);
  return (ts.isObjectLiteralExpression(node) && propertyOf(node, 'token')) || node;
}

function injectOf(node: ts.ObjectLiteralExpression, origins: Origins): ts.Expression[] {
  const inject = propertyOf(node, 'inject');
  return inject ? elementsOf(inject, origins) : [];
}

/** The elements of a list, also through constants, spreads and functions that give one. */
export function elementsOf(list: ts.Expression, origins: Origins, depth = 0): ts.Expression[] {
  const origin = origins.of(list);
  const node = origin?.kind === 'value' ? bare(origin.node) : undefined;
  if (!node || depth > 8) return [];
  if (!ts.isArrayLiteralExpression(node)) return [];
  return node.elements.flatMap((element) =>
    ts.isSpreadElement(element) ? elementsOf(element.expression, origins, depth + 1) : [element],
  );
}

function definition(element: ts.Expression, origins: Origins): ts.Node[] {
  const origin = origins.of(element);
  if (origin?.kind === 'class') return [origin.node];
  if (origin?.kind === 'export') return [element];
  return origin?.kind === 'value' ? [bare(origin.node)] : [];
}

/** The name of the module that metadata are of: those of `@Module()`, or of a dynamic module. */
function moduleName(node: ts.ObjectLiteralExpression, origins: Origins): string | undefined {
  const dynamic = propertyOf(node, 'module');
  if (dynamic) return dynamic.getText();
  const { parent } = node;
  if (!ts.isCallExpression(parent) || !isNest(origins.of(parent.expression), 'Module')) return undefined;
  const holder = parent.parent.parent;
  return ts.isClassDeclaration(holder) ? (holder.name?.text ?? 'a module') : undefined;
}

function functionBehind(
  expression: ts.Expression | undefined,
  origins: Origins,
): ts.SignatureDeclaration | undefined {
  const origin = expression && origins.of(expression);
  return origin?.kind === 'function' ? origin.node : undefined;
}

function instanceOf(origin: Origin | undefined): Origin | undefined {
  return origin?.kind === 'class' || origin?.kind === 'export'
    ? { kind: 'instance', of: origin, fresh: false }
    : undefined;
}
