import { randomUUID } from 'node:crypto';
import { comfyUIApp, ended, running, someJob, unhurried } from '../../../testing/comfyui-app';
import { describeEachVersion } from '../../../testing/each-version';
import { refused } from '../../../testing/refused';
import { workflowWith } from '../../../testing/workflows';
import type { RunnableJob, RunnerState } from '../../jobs/image-job-runner';

describeEachVersion((painting) => {
  const lookUp = (promptId: string): Promise<RunnerState> =>
    painting.runner.lookUp(painting.comfy.url, promptId, unhurried);

  async function submitted(job: RunnableJob = someJob()): Promise<string> {
    await painting.runner.submit(painting.comfy.url, job, unhurried);
    return job.promptId;
  }

  async function errorOf(promptId: string) {
    const state = await ended(painting.runner, painting.comfy.url, promptId);
    if (state.status !== 'failed') throw new Error(state.status);
    return state.error;
  }

  const post = (path: string, body: string) =>
    fetch(painting.comfy.url + path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });

  it('tells what runs from what waits, and what is done from both', async () => {
    const { comfy } = painting;
    await comfy.faults.on('never-ends', { times: 1 });
    const first = await submitted();
    await running(painting.runner, comfy.url, first);
    const second = await submitted();
    expect(await lookUp(first)).toEqual({ status: 'running' });
    expect(await lookUp(second)).toEqual({ status: 'waiting' });
    await comfy.faults.clear();
    expect(await ended(painting.runner, comfy.url, second)).toEqual({
      status: 'done',
      outputs: [{ filename: `${second}_00001_.png`, subfolder: `sluice/${second.slice(0, 2)}` }],
    });
  });

  it('says that it is unknown only after having looked for a while', async () => {
    const startedAt = performance.now();
    expect(await lookUp(randomUUID())).toEqual({ status: 'unknown' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(300);
  });

  it('finds what arrives while it looks: a request whose answer was lost was still on its way', async () => {
    const job = someJob();
    const found = lookUp(job.promptId);
    await submitted(job);
    expect((await found).status).not.toBe('unknown');
  });

  it('knows nothing after a restart', async () => {
    const { comfy, runner } = painting;
    await comfy.faults.on('never-ends', { times: 1 });
    const id = await submitted();
    await running(runner, comfy.url, id);
    await comfy.restart();
    expect(await lookUp(id)).toEqual({ status: 'unknown' });
    expect(comfy.ledger.forgotten).toContain(id);
  });

  it('tells an error of a node, and nothing of its message, which can hold the prompt', async () => {
    const { comfy } = painting;
    await comfy.faults.on('node-raises', { type: 'ValueError', message: 'SECRET in /opt/comfyui', times: 1 });
    const error = await errorOf(await submitted(someJob({ prompt: 'SECRET' })));
    expect(error).toMatchObject({ code: 'NODE_FAILED', kind: 'retryable', reason: 'ValueError in KSampler' });
    expect(error.message + error.words + JSON.stringify(error)).not.toMatch(/SECRET|comfyui\//i);
  });

  it('tells running out of memory, worth one more try', async () => {
    await painting.comfy.faults.on('out-of-memory', { times: 1 });
    const error = await errorOf(await submitted());
    expect(error).toMatchObject({ code: 'OUT_OF_MEMORY', kind: 'retryable', retries: 1 });
  });

  it('tells what somebody has interrupted from what has failed', async () => {
    const { comfy, runner } = painting;
    await comfy.faults.on('never-ends', { times: 1 });
    const id = await submitted();
    await running(runner, comfy.url, id);
    await post('/interrupt', '{}');
    expect(await ended(runner, comfy.url, id)).toEqual({ status: 'cancelled' });
  });

  it('does not take what is no longer told as running for done: its result comes late', async () => {
    const { comfy } = painting;
    await comfy.faults.on('late-history', { ms: 400, times: 1 });
    const id = await submitted();
    const states = new Set<string>();
    for (let state = await lookUp(id); ; state = await lookUp(id)) {
      states.add(state.status);
      if (state.status !== 'waiting' && state.status !== 'running') break;
    }
    expect([...states].filter((status) => status !== 'waiting')).toEqual(['running', 'done']);
  });

  it('is not blinded by a number of somebody else’s job that is no JSON', async () => {
    const { comfy, runner } = painting;
    await comfy.faults.on('never-ends', { times: 1 });
    const ours = await submitted();
    await running(runner, comfy.url, ours);
    const prompt = {
      '1': { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color: 0 } },
    };
    const graph = { ...prompt, '2': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } } };
    const others = await post('/prompt', `{"number": NaN, "prompt": ${JSON.stringify(graph)}}`);
    expect(others.status).toBe(200);
    expect(await (await fetch(`${comfy.url}/queue`)).text()).toContain('NaN');
    expect(await lookUp(ours)).toEqual({ status: 'running' });
    await comfy.faults.clear();
    expect(await ended(runner, comfy.url, ours)).toMatchObject({ status: 'done' });
  });

  it('fails what has ended well without an image of ours', async () => {
    const { comfy } = painting;
    const save = { class_type: 'PreviewImage', inputs: { images: ['8', 0] as [string, number] } };
    const { runner } = await comfyUIApp({
      urls: [comfy.url],
      workflow: workflowWith({ '10': save }, { output: '10' }),
    });
    const job = someJob();
    await runner.submit(comfy.url, job, unhurried);
    const state = await ended(runner, comfy.url, job.promptId);
    expect(state).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_MISSING', kind: 'retryable' } });
  });

  it.each([
    ['a page of a proxy', 'html', {}, 'SERVER_ODD'],
    ['an error page of a proxy', 'html', { status: 502 }, 'SERVER_AWAY'],
    ['a page that says 404', 'html', { status: 404 }, 'SERVER_ODD'],
    ['a 500', 'error-500', {}, 'SERVER_AWAY'],
    ['nothing', 'silent', {}, 'SERVER_AWAY'],
    ['something after the time is over', 'slow', { ms: 60_000 }, 'SERVER_AWAY'],
    ['a closed port', 'refuse', {}, 'SERVER_AWAY'],
    ['a wish for credentials', 'auth-required', { header: 'X', value: 'Y' }, 'SERVER_REFUSES'],
  ] as const)('never says unknown, and not for ever nothing, to %s', async (_, fault, settings, code) => {
    const { comfy, runner } = painting;
    const id = await submitted();
    await ended(runner, comfy.url, id);
    await comfy.faults.on(fault, settings);
    expect(await refused(lookUp(id), code)).toMatchObject({ kind: 'retryable' });
    await comfy.faults.clear();
    expect(await lookUp(id)).toMatchObject({ status: 'done' });
  });

  it('stops at once when its signal is aborted', async () => {
    const { comfy, runner } = painting;
    await comfy.faults.on('silent');
    const giveUp = new AbortController();
    const looking = runner.lookUp(comfy.url, randomUUID(), giveUp.signal);
    giveUp.abort(new Error('given up'));
    await expect(looking).rejects.toThrow('given up');
    await expect(runner.lookUp(comfy.url, randomUUID(), giveUp.signal)).rejects.toThrow('given up');
  });

  it('asks no server about an id that is none', async () => {
    await refused(lookUp('../queue'), 'REQUEST_REFUSED');
  });
});
