import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { PIECE_BYTES, readBounded, type SourceLimits } from './read-bounded';

const LIMITS: SourceLimits = { maxBytes: 2 ** 30, silenceMs: 10_000, totalMs: 10_000 };

async function lengths(source: Readable, limits: Partial<SourceLimits> = {}): Promise<number[]> {
  const read: number[] = [];
  for await (const piece of readBounded(source, { ...LIMITS, ...limits })) read.push(piece.length);
  return read;
}

describe('a source', () => {
  it('that sends much at once is cut into pieces', async () => {
    const read = await lengths(Readable.from([Buffer.alloc(3 * PIECE_BYTES + 5), Buffer.alloc(7)]));
    expect(read).toEqual([PIECE_BYTES, PIECE_BYTES, PIECE_BYTES, 5, 7]);
  });

  it('that falls silent is ended', async () => {
    const source = new PassThrough();
    source.write('a beginning');
    await expect(lengths(source, { silenceMs: 30 })).rejects.toMatchObject({
      code: 'IMAGE_SOURCE_TIMEOUT',
      message: expect.stringContaining('Nothing came for 30 ms.'),
      retryable: true,
    });
    expect(source.destroyed).toBe(true);
  });

  it('that never begins is ended', async () => {
    await expect(lengths(new PassThrough(), { silenceMs: 30 })).rejects.toThrow('Nothing came');
  });

  it('that sends a byte now and then is ended when it takes too long', async () => {
    const source = new PassThrough();
    const drip = setInterval(() => source.write('.'), 10);
    try {
      await expect(lengths(source, { silenceMs: 5_000, totalMs: 100 })).rejects.toThrow('more than 100 ms');
      expect(source.destroyed).toBe(true);
    } finally {
      clearInterval(drip);
    }
  });

  it('is not blamed for the time that its reader takes', async () => {
    const source = Readable.from([Buffer.from('a'), Buffer.from('b')]);
    let read = 0;
    for await (const piece of readBounded(source, { ...LIMITS, silenceMs: 20 })) {
      read += piece.length;
      await sleep(60); // The time itself is what is tested.
    }
    expect(read).toBe(2);
  });

  it('is closed when its reader has enough', async () => {
    const source = Readable.from([Buffer.from('a'), Buffer.from('b')]);
    const pieces = readBounded(source, LIMITS);
    await pieces.next();
    await pieces.return();
    expect(source.destroyed).toBe(true);
  });

  it('leaves no timer and no listener behind', async () => {
    const aborter = new AbortController();
    const removed = jest.spyOn(aborter.signal, 'removeEventListener');
    const before = timers();
    await lengths(Readable.from([Buffer.from('a')]), { signal: aborter.signal });
    expect(timers()).toBe(before);
    expect(removed).toHaveBeenCalledTimes(1);
  });
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
