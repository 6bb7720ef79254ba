import { cpus, platform, arch } from 'node:os';

/** What numbers depend on, and nothing that tells one machine of a kind from another. */
export function machine() {
  const cores = cpus();
  return {
    CPU: `${cores[0]?.model.trim() ?? 'unknown'}, ${cores.length} cores`,
    system: `${platform()} ${arch()}`,
    'Node.js': process.versions.node,
  };
}
