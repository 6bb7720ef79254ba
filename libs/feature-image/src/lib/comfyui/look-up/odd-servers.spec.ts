import {
  closeComfyUIApps,
  comfyUIApp,
  type ComfyUIAppOptions,
  someJob,
  unhurried,
} from '../../../testing/comfyui-app';
import { refused } from '../../../testing/refused';
import {
  http,
  startStrangeServer,
  type StrangeAnswer,
  type StrangeServer,
} from '../../../testing/strange-server';

const { promptId } = someJob();
const servers: StrangeServer[] = [];

/** A server without `/api/jobs`, but for what `answer` says first. */
async function serve(answer: (line: string) => string | undefined, options: ComfyUIAppOptions = {}) {
  const full: StrangeAnswer = ({ line }) => {
    if (line.startsWith('GET /api/jobs?')) return answer(line) ?? http(404, '');
    return answer(line) ?? http(200, '{}');
  };
  const server = await startStrangeServer(full);
  servers.push(server);
  const { runner } = await comfyUIApp({ urls: [server.url], requestTimeoutMs: 60_000, ...options });
  return { server, runner, lookUp: () => runner.lookUp(server.url, promptId, unhurried) };
}

const image = (filename: unknown, type: unknown = 'output') => ({ filename, subfolder: 'a', type });

/** The history of our prompt. */
const history = (entry: object) => (line: string) => {
  if (line === 'GET /queue') return http(200, '{"queue_running":[],"queue_pending":[]}');
  return line === `GET /history/${promptId}` ? http(200, JSON.stringify({ [promptId]: entry })) : undefined;
};

afterEach(async () => {
  await closeComfyUIApps();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('a server', () => {
  it.each([
    ['is no JSON', '<html>'],
    ['is no queue', '{"queue_running":{}}'],
    ['has no end', `[${'[],'.repeat(24_000_000)}`],
  ])('whose queue %s can still tell what has ended, and never that it knows nothing', async (_, queue) => {
    let done = false;
    const { lookUp } = await serve((line) => {
      if (line === 'GET /queue') return http(200, queue);
      if (!line.startsWith('GET /history/')) return undefined;
      const entry = { outputs: { '9': { images: [image('x.png')] } }, status: { status_str: 'success' } };
      return http(200, done ? JSON.stringify({ [promptId]: entry }) : '{}');
    });
    await refused(lookUp(), 'SERVER_ODD');
    done = true;
    expect(await lookUp()).toEqual({ status: 'done', outputs: [{ filename: 'x.png', subfolder: 'a' }] });
  });

  it.each<[string, object, unknown[]]>([
    [
      'names of odd kinds',
      { images: [image(7), image(''), image('x'.repeat(5_000)), image('y.png')] },
      ['y.png'],
    ],
    [
      'what is not kept',
      { images: [image('t.png', 'temp'), image('i.png', 'input'), image('o.png')] },
      ['o.png'],
    ],
    ['several images', { images: [image('1.png'), image('2.png')] }, ['1.png', '2.png']],
  ])('that puts out %s', async (_, output, filenames) => {
    const outputs = { '9': output, '10': { images: [image('somebody-else.png')] } };
    const { lookUp } = await serve(history({ outputs, status: { status_str: 'success', messages: [] } }));
    const state = await lookUp();
    if (state.status !== 'done') throw new Error(state.status);
    expect(state.outputs.map(({ filename }) => filename)).toEqual(filenames);
  });

  it.each<[string, object, object]>([
    [
      'an older one, which tells no status',
      { outputs: { '9': { images: [image('x.png')] } }, status: null },
      { status: 'done' },
    ],
    [
      'no outputs',
      { status: { status_str: 'success', messages: [] } },
      { error: { code: 'OUTPUT_MISSING' } },
    ],
    [
      'an error without a message',
      { status: { status_str: 'error', messages: [] } },
      { error: { code: 'NODE_FAILED' } },
    ],
    [
      'messages of another shape',
      { status: { status_str: 'error', messages: [['execution_error', null], 'x', {}] } },
      { error: { code: 'NODE_FAILED' } },
    ],
    [
      'a message after the interruption',
      { status: { status_str: 'error', messages: [['execution_interrupted', {}, 'extra']] } },
      { status: 'cancelled' },
    ],
    [
      'an exception whose name is a text',
      {
        status: {
          status_str: 'error',
          messages: [
            ['execution_error', { exception_type: 'a <b>/etc/passwd</b>', node_type: '9'.repeat(500) }],
          ],
        },
      },
      { error: { reason: 'an error in a node' } },
    ],
    [
      'a driver that says it is full',
      {
        status: {
          status_str: 'error',
          messages: [
            [
              'execution_error',
              { exception_type: 'RuntimeError', exception_message: 'MPS backend out of memory (…)' },
            ],
          ],
        },
      },
      { error: { code: 'OUT_OF_MEMORY' } },
    ],
  ])('whose history has %s', async (_, entry, expected) => {
    const { lookUp } = await serve(history(entry));
    expect(await lookUp()).toMatchObject(expected);
  });

  it.each(['torch.OutOfMemoryError', 'torch.cuda.OutOfMemoryError', 'MemoryError'])(
    'that tells by the name %s that it is full',
    async (exception_type) => {
      const messages = [['execution_error', { exception_type, exception_message: 'in other words' }]];
      const { lookUp } = await serve(history({ status: { status_str: 'error', messages } }));
      expect(await lookUp()).toMatchObject({ error: { code: 'OUT_OF_MEMORY', retries: 1 } });
    },
  );

  it.each<[string, (n: number) => string]>([
    ['whose proxy has lost it', () => http(404, '<html>', { 'content-type': 'text/html' })],
    [
      'whose proxy answers 404 to one path only',
      (n) => (n > 1 ? http(200, '{"jobs":[]}') : http(404, '<html>')),
    ],
  ])('that lists jobs, and %s, does not say that it knows nothing', async (_, list) => {
    let asked = 0;
    const { lookUp } = await serve(
      (line) => {
        if (line === 'GET /system_stats') return http(500, '');
        if (!line.startsWith('GET /api/jobs')) return http(404, '<html>', { 'content-type': 'text/html' });
        if (line.startsWith('GET /api/jobs/')) return http(404, '<html>');
        asked += 1;
        return asked === 1 ? http(200, '{"jobs":[]}') : list(asked);
      },
      // No other question forgets the dialect meanwhile.
      { probeIntervalMs: 600_000 },
    );
    await refused(lookUp(), 'SERVER_ODD');
    expect(asked).toBe(2);
  });

  it('that loses an interrupt is told again', async () => {
    let interrupts = 0;
    const { runner, server } = await serve((line) => {
      if (line === 'POST /interrupt') interrupts += 1;
      const item = [1, promptId, {}, {}, []];
      const running = interrupts < 3 ? [item] : [];
      if (line === 'GET /queue')
        return http(200, JSON.stringify({ queue_running: running, queue_pending: [] }));
      if (!line.startsWith('GET /history')) return undefined;
      const status = { status_str: 'error', messages: [['execution_interrupted', {}]] };
      return http(200, JSON.stringify({ [promptId]: { outputs: {}, status } }));
    });
    expect(await runner.cancel(server.url, promptId, unhurried)).toEqual({ status: 'cancelled' });
    expect(interrupts).toBe(3);
  });

  it('that lists jobs in a state of a later version is not understood, and says nothing of the job', async () => {
    const { lookUp } = await serve((line) => {
      if (line.startsWith('GET /api/jobs?')) return http(200, '{"jobs":[]}');
      if (line.startsWith('GET /api/jobs/'))
        return http(200, JSON.stringify({ id: promptId, status: 'paused' }));
      return undefined;
    });
    await refused(lookUp(), 'SERVER_ODD');
  });

  it('that lists jobs, but has no way to cancel one, is told as older ones are', async () => {
    let status = 'in_progress';
    const { runner, server } = await serve((line) => {
      if (line.startsWith('GET /api/jobs?')) return http(200, '{"jobs":[]}');
      if (line.startsWith('GET /api/jobs/')) return http(200, JSON.stringify({ id: promptId, status }));
      if (line.startsWith('POST /api/jobs/')) return http(405, '405: Method Not Allowed');
      if (line === 'POST /interrupt') status = 'cancelled';
      return undefined;
    });
    expect(await runner.cancel(server.url, promptId, unhurried)).toEqual({
      status: 'cancelled',
    });
    expect(server.requests.find(({ line }) => line === 'POST /interrupt')?.text).toContain(
      `{"prompt_id":"${promptId}"}`,
    );
  });
});
