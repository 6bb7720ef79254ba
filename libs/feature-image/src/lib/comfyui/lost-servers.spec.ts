import { type ComfyUiProcess, startComfyUiProcess } from '@sluice/testing-comfyui';
import { closeComfyUIApps, ended, readyApp, running, someJob, unhurried } from '../../testing/comfyui-app';
import { refused } from '../../testing/refused';
import type { ComfyUIJobRunnerAdapter } from './comfyui-job-runner.adapter';

describe.each(['0.33.0', '0.3.64'] as const)('a process of ComfyUI %s', (version) => {
  let comfy: ComfyUiProcess;
  let runner: ComfyUIJobRunnerAdapter;

  beforeAll(async () => {
    comfy = await startComfyUiProcess({ version, paintMs: 50 });
    runner = await readyApp(comfy.url, { forgottenAfterMs: 1_000 });
  });
  afterAll(async () => {
    await closeComfyUIApps();
    await comfy?.stop();
  });

  it('that is frozen takes a prompt without saying so, and paints it when it wakes: once', async () => {
    const job = someJob();
    comfy.freeze();
    await refused(runner.submit(comfy.url, job, unhurried), 'OUTCOME_UNKNOWN');
    await refused(runner.lookUp(comfy.url, job.promptId, unhurried), 'SERVER_AWAY');
    comfy.resume();
    expect(await ended(runner, comfy.url, job.promptId)).toMatchObject({ status: 'done' });
    expect(comfy.ledger.runs(job.promptId)).toBe(1);
  });

  it('that is killed is away, and has forgotten everything when it is back, but for the files', async () => {
    const done = someJob();
    await runner.submit(comfy.url, done, unhurried);
    const state = await ended(runner, comfy.url, done.promptId);
    if (state.status !== 'done') throw new Error(state.status);
    await comfy.faults.on('never-ends');
    const job = someJob();
    await runner.submit(comfy.url, job, unhurried);
    await running(runner, comfy.url, job.promptId);
    await comfy.kill();
    await refused(runner.lookUp(comfy.url, job.promptId, unhurried), 'SERVER_AWAY');
    await refused(runner.submit(comfy.url, someJob(), unhurried), 'SERVER_AWAY');
    await refused(runner.cancel(comfy.url, job.promptId, unhurried), 'SERVER_AWAY');
    await comfy.faults.clear();
    await comfy.restart();
    expect(await runner.lookUp(comfy.url, job.promptId, unhurried)).toEqual({ status: 'unknown' });
    expect(comfy.ledger.forgotten).toEqual(expect.arrayContaining([job.promptId, done.promptId]));
    (await runner.fetch(comfy.url, state.outputs[0], unhurried)).destroy();
  });
});
