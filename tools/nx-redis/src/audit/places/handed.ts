import ts from 'typescript';
import type { Confidence } from '../audit-result';
import type { Make, Spot } from '../makes/make';
import { isClientType } from '../makes/match-make';
import { bare, functionOf, memberName, propertyOf } from '../syntax/member-name';
import type { Origin, Origins } from '../syntax/origin';

export interface Opening {
  opens: 'own' | 'handed' | 'duplicated' | 'nothing';
  confidence: Confidence;
  reason: string;
}

/** Whether a library opens a connection of its own, by what it is given. */
export function openingOf(
  make: Make,
  given: readonly ts.Expression[],
  origins: Origins,
  inherited?: Opening,
): Opening {
  const own = (confidence: Confidence, reason: string): Opening => ({ opens: 'own', confidence, reason });
  if (make.onlyFor && !namesRedis(valueAt(make.onlyFor, given, origins), origins)) {
    return { opens: 'nothing', confidence: 'certain', reason: 'it is not about Redis' };
  }
  if (!make.live) return own('certain', 'it always opens a connection');
  const found = make.live.flatMap((spot) => valueAt(spot, given, origins) ?? []);
  if (make.onlyForUrl) return forUrl(found[0], origins);
  const live = found.find((value) => isLive(origins.of(value), origins));
  if (live) {
    const text = shorten(live);
    return make.duplicates
      ? { opens: 'duplicated', confidence: 'certain', reason: `it duplicates ${text}, which it is handed` }
      : { opens: 'handed', confidence: 'certain', reason: `it is handed ${text}` };
  }
  const [value] = found;
  if (value) return openingByValue(value, make, origins);
  if (inherited) return inherited;
  if (make.otherwise === 'opens nothing')
    return { opens: 'nothing', confidence: 'certain', reason: 'it is given no client' };
  const known = make.live.every(({ argument, option }) => {
    return option === undefined || !given[argument] || objectOf(given[argument], origins) !== undefined;
  });
  return known ? own('certain', 'it is handed no client') : own('guessed', 'its options cannot be read here');
}

/** A value that is no known client: settings, or something that cannot be followed. */
function openingByValue(value: ts.Expression, make: Make, origins: Origins): Opening {
  const origin = origins.of(value);
  const node = bare(value);
  const isWritten =
    ts.isObjectLiteralExpression(node) || ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
  if (isWritten || isSettings(origin)) {
    return { opens: 'own', confidence: 'certain', reason: 'it is given settings and not a client' };
  }
  const name = ts.isPropertyAccessExpression(node) ? node.name.text : ts.isIdentifier(node) ? node.text : '';
  if (/client|redis$|^redis|connection$|instance$/i.test(name) && !/opt|conf|url|setting/i.test(name)) {
    const opens = make.duplicates ? 'duplicated' : 'handed';
    return { opens, confidence: 'guessed', reason: `${name} is a client by its name` };
  }
  return {
    opens: 'own',
    confidence: 'likely',
    reason: 'what it is given is no client as far as can be seen',
  };
}

function isSettings(origin: Origin | undefined): boolean {
  if (origin?.kind === 'value') {
    const node = bare(origin.node);
    return (
      ts.isObjectLiteralExpression(node) ||
      ts.isStringLiteralLike(node) ||
      ts.isTemplateExpression(node) ||
      node.getText().startsWith('process.env')
    );
  }
  // A type of the client's package that is not the client is that of its options.
  return origin?.kind === 'instance' && origin.of.kind === 'export' && /Options|Config/.test(origin.of.name);
}

/** Whether it is a client, or a list of clients, or a function that gives one. */
export function isLive(origin: Origin | undefined, origins: Origins): boolean {
  if (origin?.kind === 'instance') {
    if (isClientType(origin.of)) return true;
    const base = origin.of.kind === 'class' ? origins.base(origin.of.node) : undefined;
    return base?.kind === 'export'
      ? isClientType(base)
      : base?.kind === 'class' && isLive({ ...origin, of: base }, origins);
  }
  if (origin?.kind === 'function') {
    const given = origins.returned(origin.node);
    return given?.kind === 'instance' && !given.fresh && isLive(given, origins);
  }
  if (origin?.kind !== 'value') return false;
  const node = bare(origin.node);
  return (
    ts.isArrayLiteralExpression(node) &&
    node.elements.length > 0 &&
    node.elements.every((element) => isLive(origins.of(element), origins))
  );
}

function forUrl(value: ts.Expression | undefined, origins: Origins): Opening {
  const origin = value && origins.of(value);
  const node = origin?.kind === 'value' ? bare(origin.node) : undefined;
  const text =
    node &&
    (ts.isTemplateExpression(node) ? node.head.text : ts.isStringLiteralLike(node) ? node.text : undefined);
  if (text !== undefined && /^(rediss?|valkeys?):/.test(text)) {
    return { opens: 'own', confidence: 'certain', reason: 'it is given the address of a server' };
  }
  if (
    node &&
    !ts.isObjectLiteralExpression(node) &&
    /redis|valkey/i.test(node.getText()) &&
    /url|uri/i.test(node.getText())
  ) {
    return {
      opens: 'own',
      confidence: 'guessed',
      reason: 'what it is given is an address of Redis by its name',
    };
  }
  return { opens: 'nothing', confidence: 'certain', reason: 'it is not about Redis' };
}

function valueAt(
  { argument, option }: Spot,
  given: readonly ts.Expression[],
  origins: Origins,
): ts.Expression | undefined {
  const value = given[argument];
  if (!value || option === undefined) return value;
  let at: ts.Expression | undefined = value;
  for (const name of option.split('.')) {
    const object: ts.ObjectLiteralExpression | undefined = at && objectOf(at, origins);
    at = object && optionOf(object, name, origins);
  }
  return at;
}

/** Whether it is a text such as `redis` or `ioredis/cluster`. */
function namesRedis(value: ts.Expression | undefined, origins: Origins): boolean {
  const origin = value && origins.of(value);
  const node = origin?.kind === 'value' ? bare(origin.node) : undefined;
  return node !== undefined && ts.isStringLiteralLike(node) && /redis|valkey/i.test(node.text);
}

/** An option, also of what is spread into the object. */
function optionOf(
  object: ts.ObjectLiteralExpression,
  option: string,
  origins: Origins,
): ts.Expression | undefined {
  const own = propertyOf(object, option);
  if (own) return own;
  const method = object.properties.find((one) => memberName(one.name) === option);
  if (method && ts.isMethodDeclaration(method)) return object;
  for (const property of object.properties) {
    if (!ts.isSpreadAssignment(property)) continue;
    const spread = objectOf(property.expression, origins);
    const found = spread && spread !== object && optionOf(spread, option, origins);
    if (found) return found;
  }
  return undefined;
}

/** The object literal behind options; for `{ useFactory }` that which the factory gives. */
export function objectOf(
  expression: ts.Expression,
  origins: Origins,
): ts.ObjectLiteralExpression | undefined {
  const origin = origins.of(expression);
  const node = origin?.kind === 'value' ? bare(origin.node) : undefined;
  if (!node || !ts.isObjectLiteralExpression(node)) return undefined;
  const factory = functionOf(node, 'useFactory');
  if (!factory) return node;
  const given = origins.returned(factory);
  const made = given?.kind === 'value' ? bare(given.node) : undefined;
  return made && ts.isObjectLiteralExpression(made) ? made : undefined;
}

/** As it is written; what stands in brackets may be a secret. */
function shorten(node: ts.Expression): string {
  const value = bare(node);
  if (ts.isIdentifier(value) || ts.isPropertyAccessExpression(value))
    return `\`${value.getText().replace(/\s+/g, '')}\``;
  return 'a client';
}
