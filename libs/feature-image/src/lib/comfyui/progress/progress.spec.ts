import { once } from 'node:events';
import { WebSocket } from 'ws';
import { CHECKPOINT, ended, running, someJob, unhurried } from '../../../testing/comfyui-app';
import { describeEachVersion } from '../../../testing/each-version';
import { pollUntil } from '../../../testing/poll-until';
import { promptRequest } from '../submit/prompt-request';
import { loadWorkflow } from '../workflow/load-workflow';

describeEachVersion((painting) => {
  /** Paints, and says what was heard of it. */
  async function paint(runner = painting.runner): Promise<number[]> {
    const { comfy } = painting;
    const job = someJob();
    const heard: number[] = [];
    const stop = runner.onProgress(job.promptId, (progress) => heard.push(progress));
    await runner.submit(comfy.url, job, unhurried);
    expect(await ended(runner, comfy.url, job.promptId)).toMatchObject({ status: 'done' });
    stop();
    return heard;
  }

  async function clientIdOf(promptId: string): Promise<unknown> {
    const queue = (await (await fetch(`${painting.comfy.url}/queue`)).json()) as Record<string, unknown[][]>;
    const item = [...(queue['queue_running'] ?? []), ...(queue['queue_pending'] ?? [])].find(
      ([, id]) => id === promptId,
    );
    return (item?.[3] as Record<string, unknown> | undefined)?.['client_id'];
  }

  /** The client id of a prompt that stands still meanwhile. */
  async function clientIdNow(): Promise<unknown> {
    const { comfy, runner } = painting;
    await comfy.faults.on('never-ends', { times: 1 });
    const job = someJob();
    await runner.submit(comfy.url, job, unhurried);
    await running(runner, comfy.url, job.promptId);
    const clientId = await clientIdOf(job.promptId);
    await runner.cancel(comfy.url, job.promptId, unhurried);
    return clientId;
  }

  const isConnected = () => pollUntil(() => painting.comfy.openSockets === 1);

  it('is heard while it paints, and only ever grows', async () => {
    await isConnected();
    const heard = await paint();
    expect(heard.length).toBeGreaterThan(10);
    expect(heard).toEqual([...new Set(heard)].sort((a, b) => a - b));
    expect(heard.every((progress) => progress >= 0 && progress <= 1)).toBe(true);
  });

  it('keeps one connection, and another client id for every one', async () => {
    const { comfy } = painting;
    await isConnected();
    const first = await clientIdNow();
    await comfy.faults.on('socket-closes', { afterFrames: 0 });
    await paint();
    await comfy.faults.clear();
    await isConnected();
    const second = await clientIdNow();
    expect(first).toEqual(expect.stringMatching(/^[0-9a-f-]{36}$/));
    expect(second).toEqual(expect.stringMatching(/^[0-9a-f-]{36}$/));
    expect(second).not.toBe(first);
    expect(comfy.openSockets).toBe(1);
  });

  it.each([
    ['deaf', 'socket-deaf', {}],
    ['cut again and again', 'socket-closes', { afterFrames: 3 }],
    ['silent about the end', 'socket-without-end', {}],
  ] as const)(
    'is no more than an extra: with sockets that are %s jobs end all the same',
    async (_, fault, settings) => {
      const { comfy } = painting;
      await comfy.faults.on(fault, settings);
      await paint();
    },
  );

  it('comes back when the socket has gone deaf, which only the silence after a prompt shows', async () => {
    const { comfy } = painting;
    await isConnected();
    // Another socket with the same id, when it closes, takes the older one out of the server's book.
    const rival = new WebSocket(`${comfy.url}/ws?clientId=${String(await clientIdNow())}`);
    await once(rival, 'message');
    rival.close();
    await isConnected();
    expect(await paint()).toEqual([]);
    await pollUntil(async () => (await paint()).length > 10);
    expect(comfy.openSockets).toBe(1);
  });

  it('comes back after a restart', async () => {
    const { comfy, runner } = painting;
    await comfy.restart();
    await pollUntil(() => runner.servers()[0]?.state === 'ready');
    await pollUntil(async () => (await paint()).length > 10);
  });

  it('is not that of somebody else: what is sent without a client id, every socket hears', async () => {
    const { comfy, runner } = painting;
    await isConnected();
    const job = someJob();
    const workflow = loadWorkflow('text-to-image');
    const body = promptRequest({ workflow, checkpoint: CHECKPOINT, job, clientId: 'nobody' });
    const heard: number[] = [];
    const stop = runner.onProgress(job.promptId, (progress) => heard.push(progress));
    await fetch(`${comfy.url}/prompt`, { method: 'POST', body: body.replace(',"client_id":"nobody"', '') });
    expect(await ended(runner, comfy.url, job.promptId)).toMatchObject({ status: 'done' });
    await paint(); // Its events come after those.
    stop();
    expect(heard).toEqual([]);
  });
});
