import ts from 'typescript';
import { SHARED_CONFIGURATIONS } from '../makes/known-libraries';
import type { Make } from '../makes/make';
import type { AuditContext } from './context';
import { nodesOf } from '../syntax/nodes-of';
import { type Opening, openingOf } from './handed';

/** Calls such as `BullModule.forRoot()`: with what all that is registered elsewhere opens its connections. */
export class SharedConfigurations {
  readonly #calls: { package: string; name: string; given: ts.Expression[] }[] = [];

  constructor(
    private readonly context: AuditContext,
    files: readonly ts.SourceFile[],
  ) {
    for (const file of files) {
      if (!file.text.includes('forRoot')) continue;
      for (const node of nodesOf(file)) {
        if (!ts.isCallExpression(node)) continue;
        const origin = context.origins.of(node.expression);
        if (origin?.kind !== 'export') continue;
        const name = origin.name.replace(/Async$/, '');
        if (SHARED_CONFIGURATIONS.some((one) => one.name === name && one.packages.includes(origin.package))) {
          // The name of the configuration may stand first.
          this.#calls.push({ package: origin.package, name, given: node.arguments.slice(-1) });
        }
      }
    }
  }

  opening(make: Make, packageName: string): Opening | undefined {
    const shared = SHARED_CONFIGURATIONS.find(
      (one) => one.name === make.inherits && one.packages.includes(packageName),
    );
    const calls = this.#calls.filter((one) => one.package === packageName && one.name === make.inherits);
    if (!shared || calls.length === 0) return undefined;
    const { inherits: _, perArgument: __, ...rest } = make;
    const live = { ...rest, live: [{ argument: 0, option: shared.option }] };
    const openings = calls.map(({ given }) => openingOf(live, given, this.context.origins));
    return openings.find(({ opens }) => opens === 'own') ?? openings[0];
  }
}
