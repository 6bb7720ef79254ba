import ts from 'typescript';
import type { Confidence } from '../audit-result';
import { bare, propertyOf } from '../syntax/member-name';
import type { Origin, Origins } from '../syntax/origin';

const CONNECT = new Set([
  'net.connect',
  'net.createConnection',
  'tls.connect',
  'net.Socket.connect',
  'tls.TLSSocket.connect',
]);
const PORTS = new Set(['6379', '6380', '26379']);

/** Whether a call dials the port of Redis by itself; `undefined` when it does not. */
export function socketTo(
  call: ts.CallExpression,
  called: Origin | undefined,
  origins: Origins,
): Confidence | undefined {
  if (!CONNECT.has(nameOf(called))) return undefined;
  for (const argument of call.arguments) {
    const confidence = portOf(argument, origins);
    if (confidence) return confidence;
  }
  return undefined;
}

function nameOf(called: Origin | undefined): string {
  if (called?.kind === 'export') return `${called.package}.${called.name}`;
  if (called?.kind === 'method' && called.of.kind === 'export') {
    return `${called.of.package}.${called.of.name}.${called.name}`;
  }
  return '';
}

function portOf(argument: ts.Expression, origins: Origins): Confidence | undefined {
  const node = bare(argument);
  if (ts.isNumericLiteral(node) || ts.isStringLiteralLike(node))
    return PORTS.has(node.text) ? 'certain' : undefined;
  const origin = origins.of(node);
  const value = origin?.kind === 'value' ? bare(origin.node) : undefined;
  if (value && value !== node && ts.isNumericLiteral(value))
    return PORTS.has(value.text) ? 'certain' : undefined;
  if (value && ts.isObjectLiteralExpression(value)) {
    const port = propertyOf(value, 'port');
    return port && portOf(port, origins);
  }
  return /redis/i.test(node.getText()) && /port/i.test(node.getText()) ? 'guessed' : undefined;
}
