import { arch, cpus, loadavg, platform } from 'node:os';

/** What numbers depend on, and nothing that tells one machine of a kind from another. */
export function machine() {
  const cores = cpus();
  return {
    CPU: `${cores[0]?.model.trim() ?? 'unknown'}, ${cores.length} cores`,
    system: `${platform()} ${arch()}`,
    'Node.js': process.versions.node,
    'other load': `${loadavg()[0].toFixed(1)} processes running when it began`,
  };
}

/** Whether others want so much of the processors that what is measured has to wait for them. */
export function isBusy() {
  return loadavg()[0] > cpus().length / 2;
}
