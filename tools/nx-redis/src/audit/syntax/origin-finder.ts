import ts from 'typescript';
import { type Assignments, assignmentsOf } from './assignments';
import { originOfDeclaration } from './declaration-origins';
import { originOfExpression } from './expression-origins';
import { memberOf } from './members';
import { exportedFrom, type ModuleExports, exportsOf } from './module-exports';
import { notFresh, type Origin, type Origins } from './origin';
import type { SourceSet } from './source-set';
import { originOfType } from './type-origins';

export interface OriginRules {
  /** Whether a package is known for this export: which of several `export * from` a name comes from. */
  isKnown(packageName: string, name: string): boolean;
  /** What Nest hands to a parameter of a provider's factory. */
  injected(parameter: ts.ParameterDeclaration): Origin | undefined;
}

/** Finds origins over a whole repository; each node is asked once, and a circle has no origin. */
export class OriginFinder implements Origins {
  readonly #known = new Map<ts.Node, Origin | undefined>();
  readonly #given = new Map<ts.Node, Origin | undefined>();
  readonly #exports = new Map<ts.SourceFile, ModuleExports>();
  readonly #asked = new Set<string>();
  readonly #assignments = new Map<ts.SourceFile, Assignments>();

  constructor(
    private readonly sources: SourceSet,
    private readonly rules: OriginRules,
  ) {}

  of(expression: ts.Expression): Origin | undefined {
    return this.#once(expression, () => originOfExpression(expression, this));
  }

  ofType(type: ts.TypeNode): Origin | undefined {
    return this.#once(type, () => originOfType(type, this));
  }

  ofName(name: ts.Identifier): Origin | undefined {
    const declaration = this.#declarationOf(name);
    if (!declaration) return undefined;
    return this.#once(declaration, () => {
      return originOfDeclaration(declaration, {
        origins: this,
        assignments: (file) => this.#assignmentsOf(file),
        injected: (parameter) => this.rules.injected(parameter),
      });
    });
  }

  member(origin: Origin | undefined, name: string): Origin | undefined {
    return memberOf(origin, name, { origins: this, assignments: (file) => this.#assignmentsOf(file) });
  }

  returned(node: ts.SignatureDeclaration): Origin | undefined {
    return this.#once(
      node,
      () => {
        const body = 'body' in node ? node.body : undefined;
        const given = body && ts.isBlock(body) ? this.#returnedFrom(body) : body && this.of(body);
        if (given && given.kind !== 'value') return given;
        return (node.type && notFresh(this.ofType(node.type))) ?? given;
      },
      this.#given,
    );
  }

  exported(file: ts.SourceFile, name: string): Origin | undefined {
    let exports = this.#exports.get(file);
    if (!exports) this.#exports.set(file, (exports = exportsOf(file, this)));
    // Files may export one another's names in a circle.
    const key = `${file.fileName}\0${name}`;
    if (this.#asked.has(key)) return undefined;
    this.#asked.add(key);
    try {
      if (name === 'export=') return exports.named.get(name)?.();
      return exportedFrom(exports, name, file, this, (...of) => this.rules.isKnown(...of));
    } finally {
      this.#asked.delete(key);
    }
  }

  module(from: ts.Node, specifier: string): Origin {
    const resolved = this.sources.modules.resolve(this.sources.pathOf(from), specifier);
    if (!('file' in resolved)) return { kind: 'export', package: resolved.package, name: '' };
    const file = this.sources.byPath(resolved.file);
    return file ? { kind: 'module', node: file } : { kind: 'export', package: resolved.file, name: '' };
  }

  base(node: ts.ClassLikeDeclaration): Origin | undefined {
    const base = this.#written(node);
    const above = new Set<ts.Node>();
    for (let at = base; at?.kind === 'class'; at = this.#written(at.node)) {
      if (at.node === node || above.has(at.node)) return undefined; // No program, but it may be in a repository.
      above.add(at.node);
    }
    return base;
  }

  #written(node: ts.ClassLikeDeclaration): Origin | undefined {
    const clause = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
    const [parent] = clause?.types ?? [];
    return parent && this.of(parent.expression);
  }

  #assignmentsOf(file: ts.SourceFile): Assignments {
    let found = this.#assignments.get(file);
    if (!found) this.#assignments.set(file, (found = assignmentsOf(file)));
    return found;
  }

  #declarationOf(name: ts.Identifier): ts.Declaration | undefined {
    const { checker } = this.sources;
    const symbol = ts.isShorthandPropertyAssignment(name.parent)
      ? checker.getShorthandAssignmentValueSymbol(name.parent)
      : ts.isExportSpecifier(name.parent)
        ? checker.getExportSpecifierLocalTargetSymbol(name.parent)
        : checker.getSymbolAtLocation(name);
    const declarations = symbol?.declarations ?? [];
    return symbol?.valueDeclaration ?? declarations[0];
  }

  /** The first `return` with an origin, not of a function inside. */
  #returnedFrom(body: ts.Block): Origin | undefined {
    let found: Origin | undefined;
    const visit = (node: ts.Node): void => {
      if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isExpression(node)) return;
      if (ts.isReturnStatement(node) && node.expression && (!found || found.kind === 'value')) {
        found = this.of(node.expression) ?? found;
      }
      ts.forEachChild(node, visit);
    };
    visit(body);
    return found;
  }

  #once(node: ts.Node, find: () => Origin | undefined, known = this.#known): Origin | undefined {
    if (known.has(node)) return known.get(node);
    known.set(node, undefined);
    const origin = find();
    known.set(node, origin);
    return origin;
  }
}
