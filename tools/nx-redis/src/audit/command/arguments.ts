import { parseArgs } from 'node:util';
import { UsageError } from '../audit-config';

export interface Arguments {
  /** The repository. */
  directory: string;
  json: string | undefined;
  sarif: string | undefined;
  check: boolean;
  live: boolean;
  help: boolean;
}

export const USAGE = `sluice-redis-audit [directory] [options]

Says who makes clients of Redis in a TypeScript repository and who uses them. Runs nothing of
the repository and needs nothing installed in it.

  --check        change nothing; fail when the document is out of date
  --live         boot the application as redis-audit.json says, and hold it against the code
  --json FILE    write the result, in the form of redis-audit.schema.json; - is the standard output
  --sarif FILE   write the violations as SARIF 2.1.0; - is the standard output

Writes docs/redis-usage-audit.md. redis-audit.json at the root may name the owner of Redis:

  { "owner": ["libs/redis"], "exempt": { "tools/benchmarks": "measures other clients" } }

Exit code: 0 all is well, 1 a rule is broken or the document is out of date, 2 it could not run.
`;

/** @throws UsageError */
export function readArguments(words: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        sarif: { type: 'string' },
        check: { type: 'boolean', default: false },
        live: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (positionals.length > 1) throw new UsageError(`one directory at a time, not ${positionals.length}`);
    const { json, sarif, check, live, help } = values;
    if (json === '-' && sarif === '-')
      throw new UsageError('only one of --json and --sarif can go to the standard output');
    return { directory: positionals[0] ?? '.', json, sarif, check, live, help };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message);
  }
}
