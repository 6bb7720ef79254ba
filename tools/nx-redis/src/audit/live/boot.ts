import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../audit-config';
import { type LiveReport, REPORT_FILE } from './booted';

/** Servers are started, the application boots, works and stops. */
const LONGEST_MS = 180_000;
/** Of what it said, for the message when it failed. */
const TAIL = 4_000;

/**
 * Runs the command in the repository, with the watcher loaded before it.
 *
 * @throws UsageError when it ends without a report, or takes longer than three minutes
 */
export async function boot(root: string, command: readonly string[]): Promise<LiveReport> {
  const [program, ...words] = command;
  if (program === undefined) throw new UsageError('"boot" of redis-audit.json is empty');
  const scratch = mkdtempSync(join(tmpdir(), 'redis-audit-'));
  const file = join(scratch, 'report.json');
  try {
    const said = await runBounded(root, program, words, file);
    return read(file, said);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function runBounded(root: string, program: string, words: readonly string[], file: string): Promise<string> {
  const options =
    `${process.env['NODE_OPTIONS'] ?? ''} --require=${JSON.stringify(require.resolve('./watcher'))}`.trim();
  return new Promise((done, fail) => {
    const child = spawn(program, words, {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: options, [REPORT_FILE]: file },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_MS,
      killSignal: 'SIGKILL',
    });
    let said = '';
    const hear = (data: Buffer) => void (said = (said + data.toString()).slice(-TAIL));
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', (error) =>
      fail(new UsageError(`"boot" of redis-audit.json cannot be run: ${error.message}`)),
    );
    child.once('close', (_, signal) => done(signal ? `${said}\nended by ${signal}` : said));
  });
}

function read(file: string, said: string): LiveReport {
  let report: LiveReport;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as LiveReport;
  } catch {
    throw new UsageError(
      `the booted application ended without publishing on the channel; it said:\n${said}\n`,
    );
  }
  if (report.error !== undefined)
    throw new UsageError(`the work of the booted application failed: ${report.error}`);
  return report;
}
