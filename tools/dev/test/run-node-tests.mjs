import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../process/process-group.mjs';
import { workspace } from '../setup/workspace.mjs';

const within = 5 * 60_000;

/**
 * Runs the spec files of tools/dev by Node's own test runner: what runs before anything is installed has no Jest.
 * @returns `{ ok, passed, failed, skipped }`
 */
export async function runNodeTests() {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-node-'));
  const report = join(scratch, 'report.tap');
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=tap', `--test-reporter-destination=${report}`],
  ];
  try {
    const { code } = await run(process.execPath, ['--test', ...reporters, ...specFiles()], {
      cwd: workspace,
      within,
    });
    const text = readFileSync(report, 'utf8');
    const count = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    return {
      ok: code === 0,
      passed: count('pass'),
      failed: count('fail') + count('cancelled'),
      skipped: count('skipped') + count('todo'),
    };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function specFiles() {
  const folder = join(workspace, 'tools', 'dev');
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.spec.mjs'))
    .map((name) => join(folder, name));
}
