import { randomUUID } from 'node:crypto';
import type { ComfyUiVersion } from './lib/dialect/version';
import { type ComfyUi, startComfyUi } from './lib/start-comfyui';
import { Client, graph } from './testing/client';
import { readPng } from './testing/read-png';

const allUnicode = 'ä ß é 漢字 👩‍🚀 𝔘 \u0000 \u0007 \u2028 \u202e \\ " \' </script> %00 ../ \ud800 \udfff!';

describe.each<ComfyUiVersion>(['0.33.0', '0.3.64'])('ComfyUI %s paints', (version) => {
  let comfy: ComfyUi;
  let client: Client;

  beforeAll(async () => {
    comfy = await startComfyUi({ version, paintMs: 8 });
    client = new Client(comfy.url);
  });
  afterAll(() => comfy.stop());

  it('a PNG of the size that was asked for, with the graph and the workflow in it', async () => {
    const workflow = { id: 'wf', name: allUnicode };
    const [bytes] = await client.paint({ text: allUnicode, width: 136, height: 72, workflow });
    const { width, height, texts } = readPng(bytes as Buffer);
    expect({ width, height }).toEqual({ width: 136, height: 72 });
    expect(JSON.parse(texts['workflow'] as string)).toEqual(workflow);
    const prompt = JSON.parse(texts['prompt'] as string) as Record<
      string,
      { inputs: Record<string, unknown> }
    >;
    expect(prompt['2']?.inputs['text']).toBe(allUnicode);
    expect(prompt['7']?.inputs['filename_prefix']).toBe('spec');
  });

  it('the same for the same seed and words, and another for others', async () => {
    const pixels = async (options: Parameters<Client['paint']>[0]) =>
      readPng((await client.paint({ prefix: randomUUID(), ...options }))[0] as Buffer).rows.toString(
        'base64',
      );
    const one = await pixels({ seed: 7, text: 'a fox' });
    // Something else in between, so that the second one is not taken from the cache.
    const others = [await pixels({ seed: 8, text: 'a fox' }), await pixels({ seed: 7, text: 'a wolf' })];
    expect(await pixels({ seed: 7, text: 'a fox' })).toBe(one);
    expect(new Set([one, ...others]).size).toBe(3);
  });

  it('each of a batch into a file of its own', async () => {
    const images = await client.paint({ batch: 3, prefix: 'deep/er/batch' });
    expect(new Set(images.map((image) => readPng(image).rows.toString('base64'))).size).toBe(3);
    const files = comfy.ledger.painted.filter(({ file }) => file.subfolder === 'deep/er');
    expect(files.map(({ file }) => file.filename)).toEqual([
      'batch_00001_.png',
      'batch_00002_.png',
      'batch_00003_.png',
    ]);
  });

  it('with a seed of 2^64 − 1, kept exactly wherever it is told', async () => {
    const seed = '18446744073709551615';
    const promptId = await client.submit({ seed });
    const { outputs } = await client.finished(promptId);
    expect(await (await client.get(`/history/${promptId}`)).text()).toContain(`"seed": ${seed}`);
    const image = await client.view(outputs['7']?.images[0] as never);
    expect(readPng(Buffer.from(await image.arrayBuffer())).texts['prompt']).toContain(`"seed": ${seed}`);
  });

  it('not with a seed beyond that, a sampler or a checkpoint that it does not have', async () => {
    const refused = async (body: string) => {
      const response = await client.post('/prompt', `{"prompt": ${body}}`);
      const { node_errors } = (await response.json()) as {
        node_errors: Record<string, { errors: { type: string }[] }>;
      };
      return [
        response.status,
        Object.values(node_errors).flatMap(({ errors }) => errors.map(({ type }) => type)),
      ];
    };
    expect(await refused(graph({ seed: '18446744073709551616' }))).toEqual([400, ['value_bigger_than_max']]);
    expect(await refused(graph().replace('"euler"', '"oiler"'))).toEqual([400, ['value_not_in_list']]);
    expect(await refused(graph({ checkpoint: 'x.safetensors' }))).toEqual([400, ['value_not_in_list']]);
  });

  it('nothing when the picture is too large for its memory', async () => {
    const { status } = await client.finished(await client.submit({ width: 16_384, height: 16_384 }));
    const [event, data] = status.messages.at(-1) as [string, Record<string, unknown>];
    expect([status.status_str, event, data['exception_type']]).toEqual([
      'error',
      'execution_error',
      'torch.OutOfMemoryError',
    ]);
  });

  it('step by step, with a preview of each', async () => {
    const clientId = randomUUID();
    const listener = await client.listen(clientId);
    const promptId = await client.submit({ clientId, steps: 3, seed: 99 });
    await listener.heard('executing', ({ node, prompt_id }) => node === null && prompt_id === promptId);
    const progress = listener.events
      .filter(({ type }) => type === 'progress')
      .map(({ data }) => data['value']);
    expect(progress).toEqual([1, 2, 3]);
    expect(listener.binaries.map((bytes) => bytes.subarray(0, 11).toString('hex'))).toEqual(
      Array(3).fill('0000000100000001ffd8ff'),
    );
    listener.socket.close();
  });

  it('when its own list of nodes is asked, with those that a text-to-image graph needs', async () => {
    const nodes = Object.keys((await (await client.get('/object_info')).json()) as object);
    const needed = ['CheckpointLoaderSimple', 'CLIPTextEncode', 'EmptyLatentImage', 'KSampler', 'VAEDecode'];
    expect(nodes).toEqual(expect.arrayContaining([...needed, 'SaveImage', 'PreviewImage', 'LoadImage']));
    expect(await (await client.get('/models/checkpoints')).json()).toEqual(['sluice-simulator.safetensors']);
  });
});
