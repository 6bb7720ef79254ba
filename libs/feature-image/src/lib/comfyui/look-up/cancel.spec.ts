import { randomUUID } from 'node:crypto';
import { comfyUIApp, ended, running, someJob, unhurried } from '../../../testing/comfyui-app';
import { describeEachVersion } from '../../../testing/each-version';
import { pollUntil } from '../../../testing/poll-until';
import { refused } from '../../../testing/refused';

describeEachVersion((painting) => {
  const cancel = (promptId: string) => painting.runner.cancel(painting.comfy.url, promptId, unhurried);

  async function submitted(): Promise<string> {
    const job = someJob();
    await painting.runner.submit(painting.comfy.url, job, unhurried);
    return job.promptId;
  }

  /** One that paints for ever, until it is told to stop. */
  async function paintingForEver(settings: { deaf?: boolean } = {}): Promise<string> {
    await painting.comfy.faults.on('never-ends', { ...settings, times: 1 });
    const id = await submitted();
    await running(painting.runner, painting.comfy.url, id);
    return id;
  }

  async function isIdle(): Promise<boolean> {
    const answer = await fetch(`${painting.comfy.url}/queue`);
    const { queue_running, queue_pending } = (await answer.json()) as Record<string, unknown[]>;
    return queue_running?.length === 0 && queue_pending?.length === 0;
  }

  const outcomesOf = (promptId: string) =>
    painting.comfy.ledger.entries.flatMap((entry) =>
      entry.promptId === promptId && entry.what === 'ended' ? [entry.outcome] : [],
    );

  it('what runs', async () => {
    const id = await paintingForEver();
    expect(await cancel(id)).toEqual({ status: 'cancelled' });
    expect(outcomesOf(id)).toEqual(['interrupted']);
    expect(await isIdle()).toBe(true);
  });

  it('what waits, and not what runs before it', async () => {
    const { comfy, runner } = painting;
    const before = await paintingForEver();
    const id = await submitted();
    expect(await cancel(id)).toEqual({ status: 'cancelled' });
    expect(comfy.ledger.runs(id)).toBe(0);
    expect(await runner.lookUp(comfy.url, before, unhurried)).toEqual({ status: 'running' });
    await cancel(before);
    expect(await isIdle()).toBe(true);
  });

  it('what is about to run: many at once, each ends, and nothing paints on', async () => {
    const { comfy } = painting;
    const ids = await Promise.all(Array.from({ length: 8 }, submitted));
    const ends = await Promise.all(ids.map(cancel));
    for (const end of ends) expect(['cancelled', 'done']).toContain(end.status);
    expect(await isIdle()).toBe(true);
    const done = ids.filter((_, i) => ends[i]?.status === 'done');
    expect(ids.filter((id) => outcomesOf(id).includes('success'))).toEqual(done);
    expect(comfy.ledger.paintedTwice).toEqual([]);
  });

  it('what is done, without effect', async () => {
    const { comfy, runner } = painting;
    const id = await submitted();
    const state = await ended(runner, comfy.url, id);
    expect(state.status).toBe('done');
    expect(await cancel(id)).toEqual(state);
  });

  it('what has failed, without effect', async () => {
    const { comfy, runner } = painting;
    await comfy.faults.on('node-raises', { times: 1 });
    const id = await submitted();
    await ended(runner, comfy.url, id);
    expect(await cancel(id)).toMatchObject({ status: 'failed' });
  });

  it('what was cancelled before, and what nobody knows', async () => {
    const id = await paintingForEver();
    await cancel(id);
    expect(await cancel(id)).toEqual({ status: 'cancelled' });
    expect(await cancel(randomUUID())).toEqual({ status: 'cancelled' });
  });

  it('again and again, and says when the server does not stop', async () => {
    const { comfy } = painting;
    const { runner } = await comfyUIApp({ urls: [comfy.url], cancelTimeoutMs: 200 });
    const id = await paintingForEver({ deaf: true });
    const error = await refused(runner.cancel(comfy.url, id, unhurried), 'CANCEL_UNCONFIRMED');
    expect(error.kind).toBe('retryable');
    await comfy.faults.clear();
    expect(['cancelled', 'done']).toContain((await cancel(id)).status);
    await pollUntil(isIdle);
  });

  it('on a server that is away: says so, and nothing else', async () => {
    const { comfy } = painting;
    const id = await paintingForEver();
    await comfy.faults.on('silent');
    await refused(cancel(id), 'SERVER_AWAY');
    await comfy.faults.clear();
    expect((await cancel(id)).status).toBe('cancelled');
  });
});
