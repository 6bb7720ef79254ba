import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { arch, cpus, loadavg, platform } from 'node:os';

const WORKSPACE = join(__dirname, '../../../../..');
const PRODUCT = ['libs', 'apps'];

/** What figures depend on, and nothing that tells one machine of a kind from another. */
export function machine(): Record<string, string> {
  const cores = cpus();
  return {
    // Of what is broken, not of what breaks it.
    commit:
      git('log', '-1', '--format=%h', '--', ...PRODUCT) +
      (git('status', '--porcelain', '--', ...PRODUCT) ? ', changed' : ''),
    CPU: `${cores[0]?.model.trim() ?? 'unknown'}, ${cores.length} cores`,
    system: `${platform()} ${arch()}`,
    'Node.js': process.versions.node,
    'other load': `${(loadavg()[0] ?? 0).toFixed(1)} processes running when it began`,
  };
}

function git(...words: string[]): string {
  try {
    return execFileSync('git', words, { cwd: WORKSPACE, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
