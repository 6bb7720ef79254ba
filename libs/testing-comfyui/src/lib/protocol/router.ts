import { type Answer, empty, methodNotAllowed, noSuchPage } from './answer';
import type { Call } from './call';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Such as `/history/:id`. */
  readonly path: string;
  answer(call: Call): Answer | Promise<Answer>;
}

export interface Match {
  readonly params: Readonly<Record<string, string>>;
  answer(call: Call): Answer | Promise<Answer>;
}

/** Finds what answers a request. Every route is there a second time under `/api`. */
export class Router {
  constructor(private readonly routes: readonly Route[]) {}

  find(method: string, path: string): Match {
    const paths = path.startsWith('/api/') ? [path, path.slice(4)] : [path];
    const matching = this.routes.flatMap((route) => {
      const params = paths.map((candidate) => match(route.path, candidate)).find(Boolean);
      return params ? [{ route, params }] : [];
    });
    const wanted = method === 'HEAD' ? 'GET' : method;
    const found = matching.find(({ route }) => route.method === wanted);
    if (found) return { params: found.params, answer: (call) => found.route.answer(call) };

    if (method === 'OPTIONS') return always(empty());
    // The folder of the user interface has a route for every path.
    if (matching.length === 0) return always(wanted === 'GET' ? noSuchPage() : methodNotAllowed('GET,HEAD'));
    const methods = new Set(
      matching.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method])),
    );
    return always(methodNotAllowed([...methods].sort().join(',')));
  }
}

function always(answer: Answer): Match {
  return { params: {}, answer: () => answer };
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const [expected, given] = [pattern.split('/'), path.split('/')];
  if (expected.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [n, part] of expected.entries()) {
    const value = given[n] as string;
    if (part.startsWith(':') && value !== '') params[part.slice(1)] = decode(value);
    else if (part !== value) return undefined;
  }
  return params;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
