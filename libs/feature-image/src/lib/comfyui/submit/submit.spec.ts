import { buffer } from 'node:stream/consumers';
import {
  type ComfyUIApp,
  comfyUIApp,
  ended,
  readyApp,
  running,
  someJob,
  unhurried,
} from '../../../testing/comfyui-app';
import { describeEachVersion } from '../../../testing/each-version';
import { chunksOf } from '../../../testing/png-writer';
import { pollUntil } from '../../../testing/poll-until';
import { refused } from '../../../testing/refused';
import { workflowWith } from '../../../testing/workflows';
import type { RunnableJob } from '../../jobs/image-job-runner';
import type { Workflow } from '../workflow/workflow';

const everyKindOfText = [
  'plain',
  'émoji 👩‍🚀🏳️‍🌈, 漢字, العربية, ไทย, e\u0301 \u{1F9D1}\u{1F3FF}',
  '"quotes", \\backslashes\\, {braces} and %placeholders%',
  'line\nends\r\n\u2028\u2029 tab\t nul\0 bell\u0007 \u200b\ufeff',
  '{"3":{"inputs":{"seed":1}}}',
];

describeEachVersion((painting) => {
  /** The graph that the server has written into the picture. */
  async function paintedGraph(job: RunnableJob): Promise<string> {
    const { runner, comfy } = painting;
    await runner.submit(comfy.url, job, unhurried);
    const state = await ended(runner, comfy.url, job.promptId);
    if (state.status !== 'done') throw new Error(state.status);
    const png = await buffer(await runner.fetch(comfy.url, state.outputs[0], unhurried));
    const texts = chunksOf(png).filter(({ type }) => type === 'tEXt');
    return texts.map(({ bytes }) => bytes.subarray(8, -4).toString('latin1')).join('\n');
  }

  it('paints with the values of the job, the seed to its last digit', async () => {
    const seed = '18446744073709551615';
    const graph = await paintedGraph(someJob({ seed, width: 128, height: 64, negativePrompt: 'fog' }));
    expect(graph).toContain(`"seed": ${seed}`);
    expect(graph).toContain('"width": 128, "height": 64');
    expect(graph).toContain('"text": "fog"');
    expect(graph).toContain('"ckpt_name": "sluice-simulator.safetensors"');
  });

  it.each(everyKindOfText)('sends text as it is: %j', async (prompt) => {
    const graph = await paintedGraph(someJob({ prompt }));
    const nodes = JSON.parse(graph.slice(graph.indexOf('\0') + 1)) as Record<string, { inputs: object }>;
    expect(nodes['6']?.inputs).toMatchObject({ text: prompt });
    expect(nodes['3']?.inputs).toMatchObject({ steps: 20 });
  });

  it('makes half a surrogate pair a replacement character', async () => {
    expect(await paintedGraph(someJob({ prompt: 'half \ud83d' }))).toContain('half \\ufffd');
  });

  it('paints the same job again under another id, for the server would answer from its cache', async () => {
    const { runner, comfy } = painting;
    const [first, second] = [someJob({ seed: '7' }), someJob({ seed: '7' })];
    for (const job of [first, second]) {
      await runner.submit(comfy.url, job, unhurried);
      expect(await ended(runner, comfy.url, job.promptId)).toMatchObject({ status: 'done' });
    }
    const painted = comfy.ledger.painted.filter(({ promptId }) =>
      [first.promptId, second.promptId].includes(promptId),
    );
    expect(new Set(painted.map(({ file }) => file.subfolder + file.filename)).size).toBe(2);
  });

  describe('does not know, and sends nothing again,', () => {
    const accepted = (id: string) =>
      painting.comfy.ledger.entries.filter(({ promptId, what }) => promptId === id && what === 'accepted');

    it.each([
      ['when the answer is lost', 'lost-reply', {}],
      ['at a 500 that has queued it', 'error-500', { on: 'POST /prompt', done: true }],
    ] as const)('%s; the look-up does', async (_, fault, settings) => {
      const { runner, comfy } = painting;
      await comfy.faults.on(fault, settings);
      const job = someJob();
      const error = await refused(runner.submit(comfy.url, job, unhurried), 'OUTCOME_UNKNOWN');
      expect(error.kind).toBe('unknown');
      expect(await ended(runner, comfy.url, job.promptId)).toMatchObject({ status: 'done' });
      expect(accepted(job.promptId)).toHaveLength(1);
      expect(comfy.ledger.runs(job.promptId)).toBe(1);
    });

    it.each([
      ['at a 500 that has not', 'error-500'],
      ['when a page comes instead of an answer', 'html'],
      ['when nothing comes', 'silent'],
    ] as const)('%s; the look-up does', async (_, fault) => {
      const { runner, comfy } = painting;
      await comfy.faults.on(fault, { on: 'POST /prompt' });
      const job = someJob();
      await refused(runner.submit(comfy.url, job, unhurried), 'OUTCOME_UNKNOWN');
      await comfy.faults.clear();
      expect(await runner.lookUp(comfy.url, job.promptId, unhurried)).toEqual({ status: 'unknown' });
      expect(accepted(job.promptId)).toHaveLength(0);
      await runner.submit(comfy.url, job, unhurried);
      expect(await ended(runner, comfy.url, job.promptId)).toMatchObject({ status: 'done' });
      expect(comfy.ledger.runs(job.promptId)).toBe(1);
    });

    it('after a signal, which ends the wait at once', async () => {
      const { runner, comfy } = painting;
      await comfy.faults.on('slow', { on: 'POST /prompt', ms: 900 });
      const job = someJob();
      const giveUp = new AbortController();
      const sent = runner.submit(comfy.url, job, giveUp.signal);
      await pollUntil(() => accepted(job.promptId).length === 1);
      giveUp.abort(new Error('given up'));
      await expect(sent).rejects.toThrow('given up');
      expect(await ended(runner, comfy.url, job.promptId)).toMatchObject({ status: 'done' });
    });
  });

  describe('is refused', () => {
    it('by a server that is not there: nothing was sent', async () => {
      const { runner, comfy } = painting;
      await comfy.faults.on('refuse');
      const error = await refused(runner.submit(comfy.url, someJob(), unhurried), 'SERVER_AWAY');
      expect(error).toMatchObject({ kind: 'retryable', reason: 'ECONNREFUSED' });
    });

    it('by a server that was never configured, whatever the database says', async () => {
      const { runner } = painting;
      await refused(runner.submit('http://127.0.0.1:1', someJob(), unhurried), 'SERVER_NOT_CONFIGURED');
    });

    it('for want of credentials', async () => {
      const { runner, comfy } = painting;
      await comfy.faults.on('auth-required', { header: 'X-Token', value: 'secret' });
      const error = await refused(runner.submit(comfy.url, someJob(), unhurried), 'SERVER_REFUSES');
      expect(error.kind).toBe('retryable');
    });

    it('for a missing model, for ever, and the server is known to lack it from then on', async () => {
      const { comfy } = painting;
      // Nothing else asks the server again so soon.
      const runner = await readyApp(comfy.url, { probeIntervalMs: 600_000 });
      await comfy.faults.on('missing-model');
      const error = await refused(runner.submit(comfy.url, someJob(), unhurried), 'MODEL_MISSING');
      expect(error).toMatchObject({ kind: 'permanent', retries: 0 });
      expect(error.words).not.toContain('safetensors');
      await pollUntil(() => runner.servers()[0]?.state === 'incapable');
    });

    it.each([
      [{ width: 20_000 }, 'The image server does not take this width, 16384 at most.'],
      [{ height: 8 }, 'The image server does not take this height, 16 at least.'],
      [{ seed: '18446744073709551616' }, 'The seed must be a whole number, 18446744073709551615 at most.'],
      [{ seed: '-1' }, 'The seed must be a whole number, 18446744073709551615 at most.'],
    ])('for the user’s own input: %j', async (input, words) => {
      const { runner, comfy } = painting;
      const error = await refused(runner.submit(comfy.url, someJob(input), unhurried), 'INPUT_REFUSED');
      expect(error).toMatchObject({ kind: 'user', words });
    });

    it.each(['', 'F47AC10B-58CC-4372-A567-0E02B2C3D479', '../../queue', 'f47ac10b58cc4372a5670e02b2c3d479'])(
      'before it is sent, for an id that is none: %j',
      async (promptId) => {
        const { runner, comfy } = painting;
        const error = await refused(
          runner.submit(comfy.url, someJob({ promptId }), unhurried),
          'REQUEST_REFUSED',
        );
        expect(error.kind).toBe('permanent');
      },
    );

    it('for a node that is not installed', async () => {
      const { comfy } = painting;
      const workflow = workflowWith({ '10': { class_type: 'NoSuchNode', inputs: {} } });
      const { runner } = await appOf(workflow);
      const error = await refused(runner.submit(comfy.url, someJob(), unhurried), 'WORKFLOW_INVALID');
      expect(error.kind).toBe('permanent');
    });
  });

  describe('a graph with a good and a bad output, which the server accepts,', () => {
    const other = (prefix: string, color: number) => ({
      '10': { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color } },
      '11': {
        class_type: 'SaveImage',
        inputs: { images: ['10', 0] as [string, number], filename_prefix: prefix },
      },
    });

    it('is taken back when ours is the bad one', async () => {
      const { comfy } = painting;
      const { runner } = await appOf(workflowWith(other('other', 1)));
      await comfy.faults.on('never-ends', { times: 1 });
      const before = someJob();
      await runner.submit(comfy.url, before, unhurried);
      await running(runner, comfy.url, before.promptId);
      const job = someJob({ width: 20_000 });
      await refused(runner.submit(comfy.url, job, unhurried), 'INPUT_REFUSED');
      expect(await runner.lookUp(comfy.url, job.promptId, unhurried)).toEqual({ status: 'unknown' });
      expect(await runner.lookUp(comfy.url, before.promptId, unhurried)).toEqual({ status: 'running' });
      await runner.cancel(comfy.url, before.promptId, unhurried);
    });

    it('is accepted when ours is the good one', async () => {
      const { comfy } = painting;
      const { runner } = await appOf(workflowWith(other('other', -1)));
      const job = someJob();
      await runner.submit(comfy.url, job, unhurried);
      expect(await ended(runner, comfy.url, job.promptId)).toMatchObject({
        status: 'done',
        outputs: [{ filename: expect.stringContaining(job.promptId) as string }],
      });
    });
  });

  /** An adapter that sends another workflow. */
  function appOf(workflow: Workflow): Promise<ComfyUIApp> {
    return comfyUIApp({ urls: [painting.comfy.url], workflow });
  }
});
