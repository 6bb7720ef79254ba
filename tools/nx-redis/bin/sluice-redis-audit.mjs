#!/usr/bin/env node
// The command of the package: see --help.
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../dist/audit/command/run.js', import.meta.url))) {
  process.stderr.write('sluice-redis-audit: it is not built yet. Run: npx nx build nx-redis\n');
  process.exit(2);
}
const { default: audit } = await import('../dist/audit/command/run.js');

const output = {
  out: (text) => process.stdout.write(text),
  say: (text) => process.stderr.write(text),
};
process.exitCode = await audit.run(process.argv.slice(2), output);
