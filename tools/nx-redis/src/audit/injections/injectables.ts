import type * as ts from 'typescript';
import type { Injection } from '../audit-result';
import { INJECTABLES } from './known-injectables';
import { isClientType } from '../makes/match-make';
import type { NestProviders } from '../nest/providers';
import { isWithin } from '../places/areas';
import type { AuditContext } from '../places/context';
import type { FoundPlace } from '../places/find-places';
import type { Origin } from '../syntax/origin';
import type { Reach } from './reach';

export type What = Injection['what'];

/** Decides what of all that is injected is Redis: the owner's, or that of a known package. */
export class Injectables {
  /** Tokens that modules of the owner export; without any such list, all of the owner's are meant. */
  readonly #exported = new Set<string>();
  readonly #hasRedisCache: boolean;

  constructor(
    private readonly context: AuditContext,
    private readonly nest: NestProviders,
    private readonly reach: Reach,
    private readonly owners: readonly string[],
    places: readonly FoundPlace[],
  ) {
    for (const { node, exports } of nest.modules) {
      if (this.#isOwned(node)) for (const one of exports) this.#exported.add(nest.tokenOf(one));
    }
    this.#hasRedisCache = places.some(({ place }) => /^@keyv\/|cache-manager/.test(place.package));
  }

  /** `token` may be a class, too. */
  ofToken(token: ts.Expression): What | undefined {
    const origin = this.context.origins.of(token);
    const known = this.#known(origin);
    if (known) return known;
    const id = this.nest.behind(this.nest.tokenOf(token));
    if (id === 'export @nestjs/cache-manager CACHE_MANAGER') return this.#hasRedisCache ? 'cache' : undefined;
    if (origin?.kind === 'class') return this.ofClass(origin.node);
    const value = this.nest.valueOfToken(id) ?? this.nest.valueOf(token);
    if (value?.kind !== 'instance') return undefined;
    if (isClientType(value.of)) return 'client';
    if (value.of.kind === 'export') return libraryKind(value.of.package);
    if (value.of.kind !== 'class' || !this.#isOwned(value.of.node)) return undefined;
    // Another name for a class, or a token of its own.
    if (id === this.#idOf(value.of.node)) return this.ofClass(value.of.node);
    return this.#isPublic(id) && this.reach.pathOf(value) ? 'client' : undefined;
  }

  ofType(origin: Origin | undefined): What | undefined {
    if (origin?.kind !== 'instance') return undefined;
    if (origin.of.kind === 'export') return this.#known(origin.of);
    return origin.of.kind === 'class' ? this.ofClass(origin.of.node) : undefined;
  }

  ofClass(node: ts.ClassLikeDeclaration): What | undefined {
    if (!this.#isOwned(node) || !this.#isPublic(this.#idOf(node))) return undefined;
    const value: Origin = { kind: 'instance', of: { kind: 'class', node }, fresh: false };
    return this.reach.pathOf(value) ? kindByName(node.name?.text ?? '') : undefined;
  }

  /** Of a decorator that a package has. */
  ofDecorator(origin: Origin | undefined): What | undefined {
    if (origin?.kind !== 'export') return undefined;
    return INJECTABLES.find(
      (one) => one.as === 'decorator' && one.name === origin.name && one.packages.includes(origin.package),
    )?.what;
  }

  /** Of a decorator for methods that the owner has: what it stands for is known by its name. */
  ofOwnDecorator(origin: Origin | undefined): What | undefined {
    if (origin?.kind !== 'function' || !this.#isOwned(origin.node)) return undefined;
    const name = origin.node.name?.getText() ?? '';
    return /lock|leader|election/i.test(name) ? kindByName(name) : undefined;
  }

  #known(origin: Origin | undefined): What | undefined {
    if (origin?.kind !== 'export') return undefined;
    const found = INJECTABLES.find(
      (one) => one.as !== 'decorator' && one.name === origin.name && one.packages.includes(origin.package),
    );
    return found?.what === 'cache' && !this.#hasRedisCache ? undefined : found?.what;
  }

  #idOf(node: ts.ClassLikeDeclaration): string {
    return `class ${node.getSourceFile().fileName} ${node.pos}`;
  }

  #isPublic(id: string): boolean {
    return this.#exported.size === 0 || this.#exported.has(id);
  }

  #isOwned(node: ts.Node): boolean {
    const file = node.getSourceFile().fileName;
    return this.owners.some((folder) => isWithin(file, folder));
  }
}

/** Locks and elections are known by what they are called. */
export function kindByName(name: string): What {
  if (/lock|mutex|semaphore/i.test(name)) return 'lock';
  return /leader|election/i.test(name) ? 'election' : 'service';
}

function libraryKind(packageName: string): What | undefined {
  if (/^@keyv\/|cache-manager/.test(packageName)) return 'cache';
  return /bull/.test(packageName) ? 'queue' : undefined;
}
