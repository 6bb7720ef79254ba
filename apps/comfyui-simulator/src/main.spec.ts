import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const tsconfig = join(__dirname, '../tsconfig.lib.json');

describe('the simulator as a process', () => {
  let child: ChildProcess | undefined;
  afterEach(() => child?.kill('SIGKILL'));

  /** Runs the main file. @returns the first thing that it says */
  async function start(env: Record<string, string>): Promise<string> {
    const args = ['-r', '@swc-node/register', '-C', '@sluice/source', join(__dirname, 'main.ts')];
    child = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'], TS_NODE_PROJECT: tsconfig, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const heard = [child.stdout, child.stderr].map((stream) => once(stream as NodeJS.ReadableStream, 'data'));
    const [text] = (await Promise.race(heard)) as [Buffer];
    return text.toString();
  }

  it('serves as the environment says, and ends with 0 at SIGTERM', async () => {
    const said = await start({ PORT: '0', COMFYUI_VERSION: '0.3.64', COMFYUI_CHECKPOINTS: 'one, two' });
    const [, url] = /^ComfyUI simulator 0\.3\.64 listens on (http:\S+),/.exec(said) ?? [];
    expect(await (await fetch(`${url}/models/checkpoints`)).json()).toEqual(['one', 'two']);

    child?.kill('SIGTERM');
    expect(await once(child as ChildProcess, 'exit')).toEqual([0, null]);
  });

  it.each([
    [{ PORT: 'tcp://1' }, 'PORT must be a whole number'],
    [{ COMFYUI_PAINT_MS: '-1' }, 'COMFYUI_PAINT_MS must be a whole number'],
    [{ COMFYUI_VERSION: '1' }, 'ComfyUI 1 is not simulated; there are 0.33.0 and 0.3.64.'],
    [{ COMFYUI_FAULTS: 'slow' }, 'COMFYUI_FAULTS must be JSON'],
  ])('says what is wrong with %j', async (env, message) => {
    expect(await start(env as Record<string, string>)).toContain(message);
    expect(await once(child as ChildProcess, 'exit')).toEqual([1, null]);
  });
});
