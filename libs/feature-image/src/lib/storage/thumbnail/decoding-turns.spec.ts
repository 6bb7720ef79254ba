import { DecodingTurns } from './decoding-turns';

/** Work that goes on until it is told to end. */
function held() {
  let end: () => void = () => undefined;
  let begun = false;
  const over = new Promise<void>((resolve) => (end = resolve));
  const work = async () => {
    begun = true;
    await over;
  };
  return { work, end: () => end(), begun: () => begun };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('turns at the decoder', () => {
  it('so many at once, the others one after the other as they came', async () => {
    const turns = new DecodingTurns({ atOnce: 2, waiting: 3 });
    const works = [held(), held(), held(), held(), held()];
    const takes = works.map(({ work }) => turns.take(work));
    const begun = () => works.map((work) => work.begun());
    expect(begun()).toEqual([true, true, false, false, false]);
    works[1]?.end();
    await settled();
    expect(begun()).toEqual([true, true, true, false, false]);
    works[2]?.end();
    await settled();
    expect(begun()).toEqual([true, true, true, true, false]);
    works.forEach((work) => work.end());
    await Promise.all(takes);
    expect(begun()).toEqual([true, true, true, true, true]);
  });

  it('a turn that is handed on is still taken: who comes then waits', async () => {
    const turns = new DecodingTurns({ atOnce: 1 });
    const [first, second, third] = [held(), held(), held()];
    const takes = [turns.take(first.work), turns.take(second.work)];
    first.end();
    await settled();
    takes.push(turns.take(third.work));
    expect([second.begun(), third.begun()]).toEqual([true, false]);
    second.end();
    third.end();
    await Promise.all(takes);
  });

  it('one too many is told so, and does not take a turn', async () => {
    const turns = new DecodingTurns({ atOnce: 1, waiting: 1 });
    const [first, second, third] = [held(), held(), held()];
    const takes = [turns.take(first.work), turns.take(second.work)];
    await expect(turns.take(third.work)).rejects.toMatchObject({ code: 'IMAGE_BUSY', retryable: true });
    first.end();
    second.end();
    await Promise.all(takes);
    expect(third.begun()).toBe(false);
    await expect(turns.take(() => Promise.resolve('mine'))).resolves.toBe('mine');
  });

  it('who waits too long is told so, and the next one gets the turn', async () => {
    const turns = new DecodingTurns({ atOnce: 1, waiting: 5, patienceMs: 20 });
    const [first, second, third] = [held(), held(), held()];
    const one = turns.take(first.work);
    await expect(turns.take(second.work)).rejects.toMatchObject({ code: 'IMAGE_BUSY' });
    const three = turns.take(third.work);
    first.end();
    third.end();
    await Promise.all([one, three]);
    expect(second.begun()).toBe(false);
  });

  it('a failure gives its turn on', async () => {
    const turns = new DecodingTurns({ atOnce: 1 });
    const failing = turns.take(() => Promise.reject(new Error('broken')));
    const next = turns.take(() => Promise.resolve('next'));
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('next');
  });
});
