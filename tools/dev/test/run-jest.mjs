import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run as runProgram } from '../process/process-group.mjs';
import { say } from '../process/say.mjs';
import { installedProgram, workspace } from '../setup/workspace.mjs';

/** Bounds for what hangs; on a quiet machine with two cores it is half of that. */
const within = 30 * 60_000;
const longWithin = 50 * 60_000;

const workers = ['--maxWorkers=2', `--testSequencer=${join(workspace, 'tools/dev/test/longest-first.cjs')}`];

/**
 * Runs Jest once over these project folders, a file on each of the workers.
 * @returns `{ ok, passed, failed, skipped }`, counted from Jest's own report of the tests that ran; a file that could
 *   not even be loaded counts as one failed
 */
export function runJest(folders) {
  return run(folders, workers, within);
}

/** The same for `*.long.spec.ts`, one file after the other: each brings processes of its own. */
export function runLongTests(folders) {
  const only = ['--testMatch=**/*.long.spec.ts', '--testPathIgnorePatterns=/node_modules/'];
  return run(folders, [...only, '--runInBand'], longWithin);
}

async function run(folders, more, within) {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-jest-'));
  const report = join(scratch, 'report.json');
  const options = [...more, '--testTimeout=90000', '--json', `--outputFile=${report}`];
  try {
    const words = ['--projects', ...folders, ...options];
    const { code } = await runProgram(process.execPath, [installedProgram('jest'), ...words], {
      cwd: workspace,
      within,
    });
    return { ok: code === 0, ...counts(report) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function counts(report) {
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch {
    say('Jest ended without a report.');
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
