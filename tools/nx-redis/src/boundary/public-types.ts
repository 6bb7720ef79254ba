import * as ts from 'typescript';

/** A way from a public export to a type of a package. */
export interface Leak {
  /** `RedisService.client()` */
  path: string;
  /** `ioredis` */
  from: string;
}

const PACKAGE = /[\\/]node_modules[\\/](?!.*[\\/]node_modules[\\/])((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;

/**
 * What the exports of a file hand out of these packages: as a value, a base class, a public property, a result, or
 * what a callback is given. What they only take in is no leak.
 */
export function leaksOf(program: ts.Program, file: string, packages: readonly string[]): Leak[] {
  const source = program.getSourceFile(file);
  const checker = program.getTypeChecker();
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} exports nothing.`);
  const search = new Search(checker, new Set(packages));
  for (const exported of checker.getExportsOfModule(module)) search.lookAtExport(exported);
  return search.leaks;
}

class Search {
  readonly leaks: Leak[] = [];
  readonly #seen = new Set<ts.Type>();

  constructor(
    private readonly checker: ts.TypeChecker,
    private readonly packages: ReadonlySet<string>,
  ) {}

  lookAtExport(exported: ts.Symbol): void {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(exported) : exported;
    const path = exported.name;
    if (this.#reports(symbol, path)) return;
    if (symbol.flags & ts.SymbolFlags.Type) this.#lookAt(this.checker.getDeclaredTypeOfSymbol(symbol), path);
    if (symbol.flags & ts.SymbolFlags.Value) this.#lookAt(this.checker.getTypeOfSymbol(symbol), path);
  }

  /** What somebody who holds a value of this type can come to. */
  #lookAt(type: ts.Type, path: string): void {
    if (this.#seen.has(type)) return;
    this.#seen.add(type);
    for (const symbol of [type.aliasSymbol, type.getSymbol()]) {
      if (symbol && this.#reports(symbol, path)) return;
    }
    if (type.isUnionOrIntersection()) {
      for (const part of type.types) this.#lookAt(part, path);
      return;
    }
    for (const part of this.#argumentsOf(type)) this.#lookAt(part, path);
    if (this.#isForeign(type)) return;
    for (const base of type.isClassOrInterface() ? this.checker.getBaseTypes(type) : []) {
      this.#lookAt(base, path);
    }
    for (const property of type.getProperties()) {
      if (isHidden(property)) continue;
      this.#lookAt(this.checker.getTypeOfSymbol(property), `${path}.${property.name}`);
    }
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
      this.#lookAt(signature.getReturnType(), `${path}()`);
      for (const parameter of signature.getParameters()) this.#lookAtParameter(parameter, path);
    }
    for (const { type: value } of this.checker.getIndexInfosOfType(type)) this.#lookAt(value, `${path}[]`);
  }

  /** A parameter takes; a callback among its members is called with what we hand out. */
  #lookAtParameter(parameter: ts.Symbol, path: string): void {
    const type = this.checker.getNonNullableType(this.checker.getTypeOfSymbol(parameter));
    // Of a class there are instances: who has one was handed it, and gives it what he has.
    const isOptions = !this.#isForeign(type) && !type.isClass();
    const options = isOptions ? type.getProperties() : [];
    for (const callback of [type, ...options.map((option) => this.checker.getTypeOfSymbol(option))]) {
      for (const signature of this.checker.getNonNullableType(callback).getCallSignatures()) {
        for (const given of signature.getParameters()) {
          this.#lookAt(this.checker.getTypeOfSymbol(given), `${path}(${parameter.name}: (${given.name}))`);
        }
      }
    }
  }

  #argumentsOf(type: ts.Type): readonly ts.Type[] {
    const alias = type.aliasTypeArguments ?? [];
    const isReference = (type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference;
    return isReference ? [...alias, ...this.checker.getTypeArguments(type as ts.TypeReference)] : alias;
  }

  #reports(symbol: ts.Symbol, path: string): boolean {
    const from = packageOf(symbol);
    if (from === undefined || !this.packages.has(from)) return false;
    this.leaks.push({ path, from });
    return true;
  }

  /** Of another package, or of the language: what it is made of is its own affair. */
  #isForeign(type: ts.Type): boolean {
    const symbol = type.getSymbol();
    return symbol !== undefined && packageOf(symbol) !== undefined;
  }
}

function packageOf(symbol: ts.Symbol): string | undefined {
  for (const declaration of symbol.declarations ?? []) {
    const name = PACKAGE.exec(declaration.getSourceFile().fileName)?.[1];
    if (name !== undefined) return name.replace(/\\/g, '/');
  }
  return undefined;
}

function isHidden(property: ts.Symbol): boolean {
  return (property.declarations ?? []).some((declaration) => {
    const name = ts.getNameOfDeclaration(declaration);
    const isPrivate = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private) !== 0;
    return isPrivate || (name !== undefined && ts.isPrivateIdentifier(name));
  });
}
