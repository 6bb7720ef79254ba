import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { comfyUIApp, ended, someJob, unhurried } from '../../../testing/comfyui-app';
import { describeEachVersion } from '../../../testing/each-version';
import { refused } from '../../../testing/refused';
import type { RunnerOutput } from '../../jobs/image-job-runner';

describeEachVersion((painting) => {
  async function paintedOutput(): Promise<RunnerOutput> {
    const { comfy, runner } = painting;
    const job = someJob();
    await runner.submit(comfy.url, job, unhurried);
    const state = await ended(runner, comfy.url, job.promptId);
    if (state.status !== 'done') throw new Error(state.status);
    return state.outputs[0];
  }

  const fetchOutput = (output: RunnerOutput): Promise<Readable> =>
    painting.runner.fetch(painting.comfy.url, output, unhurried);

  it('brings the bytes', async () => {
    const png = await buffer(await fetchOutput(await paintedOutput()));
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect(png.subarray(-8, -4).toString()).toBe('IEND');
  });

  it.each([
    '../../evil.png',
    '/etc/passwd.png',
    '..\\..\\evil.png',
    'a\0b.png',
    'a&type=temp&filename=b.png#x?y=%2e%2e%2fz',
    'ä漢😀 .png',
    '\r\nX-Injected: 1.png',
  ])('asks for whatever name the server gives, and only there: %j', async (filename) => {
    const { comfy } = painting;
    await comfy.faults.on('file-name', { filename, subfolder: '../..', times: 1 });
    const output = await paintedOutput();
    expect(output).toEqual({ filename, subfolder: '../..' });
    expect((await buffer(await fetchOutput(output))).subarray(1, 4).toString()).toBe('PNG');
  });

  it('passes on what is no PNG: the storage looks at it', async () => {
    await painting.comfy.faults.on('not-a-png', { times: 1 });
    const bytes = await buffer(await fetchOutput(await paintedOutput()));
    expect(bytes.subarray(1, 4).toString()).not.toBe('PNG');
  });

  it('does not begin with a file that says it is too large', async () => {
    await painting.comfy.faults.on('huge-output', { times: 1 });
    const error = await refused(fetchOutput(await paintedOutput()), 'OUTPUT_TOO_LARGE');
    expect(error.kind).toBe('permanent');
  });

  it('breaks off a file that turns out to be too large, and holds no more of it than a stream does', async () => {
    const { comfy } = painting;
    await comfy.faults.on('huge-output', { bytes: 200 * 2 ** 20, unannounced: true, times: 1 });
    const { runner } = await comfyUIApp({ urls: [comfy.url], maxOutputBytes: 8 * 2 ** 20 });
    const stream = await runner.fetch(comfy.url, await paintedOutput(), unhurried);
    let bytes = 0;
    stream.on('data', (piece: Buffer) => (bytes += piece.length));
    await refused(finished(stream), 'OUTPUT_TOO_LARGE');
    expect(bytes).toBeLessThanOrEqual(8 * 2 ** 20);
  });

  it.each([
    [{ filename: 'nosuch.png', subfolder: '' }, 'OUTPUT_MISSING'],
    [{ filename: '../../main.py', subfolder: '' }, 'OUTPUT_MISSING'],
    [{ filename: 'main.py', subfolder: '../..' }, 'OUTPUT_MISSING'],
  ] as const)('says that a file is not there: %j', async (output, code) => {
    expect(await refused(fetchOutput(output), code)).toMatchObject({ kind: 'retryable' });
  });

  it.each([
    ['html', {}, 'SERVER_ODD'],
    ['error-500', {}, 'SERVER_AWAY'],
    ['silent', {}, 'SERVER_AWAY'],
    ['lost-reply', { on: 'GET /view' }, 'SERVER_AWAY'],
    ['refuse', {}, 'SERVER_AWAY'],
  ] as const)('survives a server that is %s', async (fault, settings, code) => {
    const { comfy } = painting;
    const output = await paintedOutput();
    await comfy.faults.on(fault, settings);
    const fetching = comfyUIApp({ urls: [comfy.url], fetchTimeoutMs: 500 }).then(({ runner }) =>
      runner.fetch(comfy.url, output, unhurried),
    );
    await refused(fetching, code);
    await comfy.faults.clear();
    expect((await buffer(await fetchOutput(output))).length).toBeGreaterThan(100);
  });

  it('ends with its signal, also while it is being read', async () => {
    const { comfy, runner } = painting;
    await comfy.faults.on('huge-output', { bytes: 60 * 2 ** 20, times: 1 });
    const giveUp = new AbortController();
    const stream = await runner.fetch(comfy.url, await paintedOutput(), giveUp.signal);
    stream.once('data', () => giveUp.abort(new Error('given up')));
    await expect(finished(stream)).rejects.toThrow('given up');
  });
});
