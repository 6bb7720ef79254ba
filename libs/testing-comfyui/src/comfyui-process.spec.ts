import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ComfyUiProcess, startComfyUiProcess } from './lib/process/start-comfyui-process';
import { Client } from './testing/client';

describe('a process of its own', () => {
  let comfy: ComfyUiProcess;
  let client: Client;

  beforeAll(async () => {
    comfy = await startComfyUiProcess({ version: '0.3.64', paintMs: 20, checkpoints: ['a.ckpt', 'b.ckpt'] });
    client = new Client(comfy.url);
  });
  afterAll(() => comfy.stop());

  it('is set up as it was asked', async () => {
    expect(await (await client.get('/models/checkpoints')).json()).toEqual(['a.ckpt', 'b.ckpt']);
    expect(await (await client.get('/system_stats')).text()).toContain('"comfyui_version": "0.3.64"');
    const [image] = await client.paint({ checkpoint: 'b.ckpt' });
    expect(image?.subarray(1, 4).toString()).toBe('PNG');
  });

  it('is killed in the middle of a job, and starts again on the same port with its files alone', async () => {
    const done = await client.submit({ checkpoint: 'a.ckpt', prefix: 'done' });
    const { outputs } = await client.finished(done);
    await comfy.faults.on('never-ends');
    const running = await client.submit({ checkpoint: 'a.ckpt', text: 'never' });
    await client.running(running);
    const { pid, port } = comfy;

    await comfy.kill();
    expect([comfy.running, isAlive(pid)]).toEqual([false, false]);
    await expect(client.get('/queue')).rejects.toThrow('ECONNREFUSED');
    expect(comfy.ledger.forgotten).toEqual([]);

    await comfy.restart();
    expect([comfy.port, comfy.running, comfy.pid === pid]).toEqual([port, true, false]);
    expect(await client.history(done)).toBeUndefined();
    expect(await client.queue()).toEqual({ running: [], pending: [] });
    expect((await client.view(outputs['7']?.images[0] as never)).status).toBe(200);
    expect(comfy.ledger.forgotten).toEqual(expect.arrayContaining([done, running]));

    // The fault is still on, for it is the test's.
    const again = await client.submit({ checkpoint: 'a.ckpt', text: 'never' });
    await client.running(again);
    await comfy.faults.clear();
    expect((await client.finished(again)).status.completed).toBe(true);
    expect(comfy.ledger.painted.map(({ promptId }) => promptId)).toContain(again);
  });

  it('is frozen, and goes on', async () => {
    comfy.freeze();
    const answer = client.get('/queue').then(({ status }) => status);
    expect(await Promise.race([answer, pause(200, 'nothing yet')])).toBe('nothing yet');
    expect(comfy.running).toBe(true);
    comfy.resume();
    expect(await answer).toBe(200);
  });

  it('is stopped, frozen or not, and its files are gone', async () => {
    const { directory, pid } = comfy;
    comfy.freeze();
    await Promise.all([comfy.stop(), comfy.stop()]);
    expect([isAlive(pid), existsSync(directory)]).toEqual([false, false]);
    await expect(comfy.restart()).rejects.toThrow('stopped for good');
  });
});

it('says why it does not start', async () => {
  const first = await startComfyUiProcess();
  await expect(startComfyUiProcess({ port: first.port })).rejects.toThrow('EADDRINUSE');
  await expect(startComfyUiProcess({ version: '1.0' as never })).rejects.toThrow(
    'ComfyUI 1.0 is not simulated',
  );
  await first.stop();
});

it('does not outlive the process that started it, frozen or not', async () => {
  const script = `
    require('@swc-node/register');
    const { startComfyUiProcess } = require(${JSON.stringify(join(__dirname, 'index.ts'))});
    Promise.all([startComfyUiProcess(), startComfyUiProcess()]).then(([one, two]) => {
      two.freeze();
      console.log(JSON.stringify([one, two].map(({ pid, directory }) => ({ pid, directory }))));
    });
    setInterval(() => undefined, 1000);`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const children = JSON.parse(line.toString()) as { pid: number; directory: string }[];
  expect(children.map(({ pid }) => isAlive(pid))).toEqual([true, true]);

  parent.kill('SIGKILL');
  const leftOver = () => children.some(({ pid, directory }) => isAlive(pid) || existsSync(directory));
  for (const deadline = performance.now() + 8_000; leftOver() && performance.now() < deadline;)
    await pause(20);
  expect(children.map(({ pid, directory }) => [isAlive(pid), existsSync(directory)])).toEqual([
    [false, false],
    [false, false],
  ]);
});

/** One that has ended and was not reaped by its parent is not alive. */
function isAlive(pid: number): boolean {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0);
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
