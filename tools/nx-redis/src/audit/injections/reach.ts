import ts from 'typescript';
import { isClientType } from '../makes/match-make';
import { decoratorsOf, isNest } from '../nest/decorators';
import type { NestProviders } from '../nest/providers';
import type { AuditContext } from '../places/context';
import { nodesOf } from '../syntax/nodes-of';
import type { FoundPlace } from '../places/find-places';
import type { Origin } from '../syntax/origin';

/** Says which classes have a client inside, and by way of what. */
export class Reach {
  readonly #paths = new Map<ts.Node, string[] | undefined>();
  /** Of interfaces and of classes: what stands behind them. */
  readonly #implementers = new Map<ts.Node, ts.ClassLikeDeclaration[]>();
  readonly #makers = new Map<ts.ClassLikeDeclaration, string>();

  constructor(
    private readonly context: AuditContext,
    private readonly nest: NestProviders,
    places: readonly FoundPlace[],
  ) {
    for (const { node, place } of places) {
      const maker = ts.findAncestor(node, ts.isClassLike);
      if (maker && !this.#makers.has(maker)) this.#makers.set(maker, place.package);
    }
    for (const file of context.sources.files) {
      for (const node of nodesOf(file)) if (ts.isClassLike(node)) this.#addImplementer(node);
    }
  }

  /** From a value to the client: names of what is inside of what; `undefined` when there is none. */
  pathOf(origin: Origin | undefined): string[] | undefined {
    if (origin?.kind !== 'instance') return undefined;
    if (isClientType(origin.of)) return [origin.of.kind === 'export' ? origin.of.package : 'client'];
    if (origin.of.kind === 'class') return this.#pathOfClass(origin.of.node);
    return origin.of.kind === 'type' ? this.#pathOfType(origin.of.node) : undefined;
  }

  #pathOfClass(node: ts.ClassLikeDeclaration): string[] | undefined {
    return this.#once(node, node.name?.text ?? 'class', () => this.#find(node) ?? this.#pathBehind(node));
  }

  #pathOfType(node: ts.InterfaceDeclaration | ts.TypeLiteralNode): string[] | undefined {
    const name = ts.isInterfaceDeclaration(node) ? node.name.text : 'an object';
    return this.#once(node, name, () => {
      const members = node.members
        .filter(ts.isPropertySignature)
        .map(({ type }) => type && this.pathOf(this.context.origins.ofType(type)));
      return shortest([...members, this.#pathBehind(node)]);
    });
  }

  /** By the classes that implement an interface, or extend a class. */
  #pathBehind(node: ts.Node): string[] | undefined {
    return shortest((this.#implementers.get(node) ?? []).map((one) => this.#pathOfClass(one)));
  }

  #addImplementer(node: ts.ClassLikeDeclaration): void {
    for (const { expression } of (node.heritageClauses ?? []).flatMap(({ types }) => [...types])) {
      const origin = ts.isIdentifier(expression) ? this.context.origins.ofName(expression) : undefined;
      if (origin?.kind !== 'class' && origin?.kind !== 'type') continue;
      this.#implementers.set(origin.node, [...(this.#implementers.get(origin.node) ?? []), node]);
    }
  }

  #once(node: ts.Node, name: string, find: () => string[] | undefined): string[] | undefined {
    if (this.#paths.has(node)) return this.#paths.get(node);
    this.#paths.set(node, undefined);
    const path = find();
    this.#paths.set(node, path && [name, ...path]);
    return this.#paths.get(node);
  }

  #find(node: ts.ClassLikeDeclaration): string[] | undefined {
    const { origins } = this.context;
    const base = origins.base(node);
    if (base?.kind === 'export' && isClientType(base)) return [base.package];
    if (base?.kind === 'class') {
      const inherited = this.#pathOfClass(base.node);
      if (inherited) return inherited;
    }
    const maker = this.#makers.get(node);
    if (maker !== undefined) return [maker];
    return shortest([...this.#parts(node)].map((part) => this.pathOf(part)));
  }

  *#parts(node: ts.ClassLikeDeclaration): Generator<Origin | undefined> {
    const { origins } = this.context;
    for (const member of node.members) {
      if (ts.isConstructorDeclaration(member)) {
        for (const parameter of member.parameters) {
          yield ts.isIdentifier(parameter.name) ? origins.ofName(parameter.name) : undefined;
        }
      } else if (ts.isPropertyDeclaration(member)) {
        const injected = decoratorsOf(member, origins).find(({ origin }) => isNest(origin, 'Inject'));
        if (injected?.given[0]) yield this.nest.valueOf(injected.given[0]);
        if (member.type) yield origins.ofType(member.type);
        if (member.initializer) yield origins.of(member.initializer);
      }
    }
  }
}

function shortest(paths: readonly (string[] | undefined)[]): string[] | undefined {
  return paths.filter((path) => path !== undefined).sort((a, b) => a.length - b.length)[0];
}
