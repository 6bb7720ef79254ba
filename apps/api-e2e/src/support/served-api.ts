import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { freePort, guard } from '@sluice/testing-servers';

const MAIN = resolve(__dirname, '../../../api/dist/main.js');
const SECRET = 'e2e-secret-that-is-long-enough-for-production';

/** The API as it is deployed: `node dist/main.js`, a process of its own. */
export interface ServedApi {
  readonly url: string;
  readonly pid: number;
  /** All it has printed so far. */
  output(): string;
  /** Sends the signal and answers the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the built API and waits until it serves. `env` is added to the given servers' addresses. */
export async function serveApi(env: Record<string, string>): Promise<ServedApi> {
  const port = await freePort();
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'production',
      APP_SECRET: SECRET,
      LOG_LEVEL: 'debug',
      HOST: '127.0.0.1',
      PORT: String(port),
      // Tests ask more, and sign in more often, than people do.
      THROTTLE_REQUESTS_PER_MINUTE: '100000',
      THROTTLE_SIGN_IN_PER_MINUTE: '1000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test that ran out of time stops nothing.
  const watch = guard(child.pid as number, 'SIGKILL');
  child.once('exit', () => watch.dismiss());
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 120_000;
  while (!(await answers(`${url}/health/live`))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the API does not serve (exit code ${child.exitCode}):\n${output.slice(-4_000)}`);
    }
    await new Promise((r) => setTimeout(r, 50));
  }
  return { url, pid: child.pid as number, output: () => output, stop: (signal) => stop(child, signal) };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.kill(signal);
    await exited;
    clearTimeout(timer);
  }
  return child.exitCode;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.ok,
    () => false,
  );
}
