import { Logger } from '@nestjs/common';
import { PendingInvalidations } from './pending-invalidations';

/** What is kept of invalidations, in the order in which a fail-over and an answer may come. */
describe('invalidations', () => {
  const elsewhere = {};
  let dataset: object | undefined;
  let line: PendingInvalidations;
  let sent: string[];

  beforeEach(() => {
    Logger.overrideLogger(false);
    jest.useFakeTimers();
    dataset = {};
    line = new PendingInvalidations((what) => () => (what === 'elsewhere' ? elsewhere : dataset));
    sent = [];
  });
  afterEach(async () => {
    await line.close();
    jest.useRealTimers();
  });

  const send = (what: string) => async () => void sent.push(what);
  /** Another master serves before this has been answered. */
  const overtaken = (what: string) => async () => {
    sent.push(what);
    dataset = {};
    line.mastersChanged();
  };
  const failOver = async () => {
    sent = [];
    dataset = {};
    line.mastersChanged();
    await jest.advanceTimersByTimeAsync(0);
  };

  it('are pending until one confirms them who still serves', async () => {
    let first = true;
    await line.send('a', () => {
      const act = first ? overtaken('a') : send('a');
      first = false;
      return act();
    });
    expect(line.has('a')).toBe(true);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(line.has('a')).toBe(false);
    expect(sent).toEqual(['a', 'a']);
  });

  it('are pending while nobody can say who serves them', async () => {
    dataset = undefined;
    await line.send('a', send('a'));
    await jest.advanceTimersByTimeAsync(5_000);
    expect([line.has('a'), new Set(sent)]).toEqual([true, new Set(['a'])]);
    dataset = {};
    await jest.advanceTimersByTimeAsync(2_000);
    expect(line.has('a')).toBe(false);
  });

  it('take the place of a new value whose writing one confirmed who serves no more', async () => {
    await line.replace('a', overtaken('the value'), send('a'));
    expect(sent).toEqual(['the value', 'a']);
    await failOver();
    expect(sent).toEqual(['a']);
  });

  it('that failed do not take away a new value which is stored meanwhile', async () => {
    const gone = () => Promise.reject(new Error('gone'));
    let back = false;
    const retry = () => (back ? send('a')() : gone());
    await line.send('a', retry);
    const write = async () => {
      back = true;
      await jest.advanceTimersByTimeAsync(2_000); // it would have been repeated
    };
    await line.replace('a', write, send('again'));
    expect([line.has('a'), ...sent]).toEqual([false]);
  });

  it('that failed are repeated when the new value could not be stored, or when they are newer', async () => {
    const gone = () => Promise.reject(new Error('gone'));
    let back = false;
    const retry = () => (back ? send('a')() : gone());
    await line.send('a', retry);
    await expect(line.replace('a', gone, send('again'))).rejects.toThrow('gone');
    await line.replace('b', () => line.send('b', gone), send('again'));
    expect([line.has('a'), line.has('b')]).toEqual([true, true]);
    back = true;
    await jest.advanceTimersByTimeAsync(5_000);
    expect([line.has('a'), line.has('b'), ...sent]).toEqual([false, true, 'a']);
  });

  it('are repeated by every next master, in their order, and only while it serves other data', async () => {
    for (const what of ['a', 'b', 'a']) await line.send(what, send(what));
    sent = [];
    line.mastersChanged();
    expect([...sent, line.size]).toEqual([0]);
    await failOver();
    expect([...sent, line.size]).toEqual(['b', 'a', 0]);
    await failOver();
    expect(sent).toEqual(['b', 'a']);
  });

  it('hold back reads from the turn on in which another master is named', async () => {
    await line.send('a', send('a'));
    dataset = {};
    line.mastersChanged();
    expect(line.has('a')).toBe(true);
    await jest.advanceTimersByTimeAsync(0);
    expect(line.has('a')).toBe(false);
  });

  it('that come while others are being repeated are sent after them', async () => {
    let answer!: () => void;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const answers = [Promise.reject(new Error('not connected')), answered, Promise.resolve()];
    await line.send('a', send('a'));
    await line.send('elsewhere', () => answers.shift() as Promise<void>);
    await jest.advanceTimersByTimeAsync(1_000);
    dataset = {};
    line.mastersChanged();
    expect(sent).toEqual(['a']);
    answer();
    await jest.advanceTimersByTimeAsync(2_000);
    expect([...sent, line.size]).toEqual(['a', 'a', 0]);
  });

  it('that a lost master of a Cluster does not answer hold up none of the others', async () => {
    const lost = () => Promise.reject(new Error('not connected'));
    for (let i = 0; i < 600; i++) await line.send(`lost-${i}`, lost);
    await line.send('a', send('a'));
    await failOver();
    await jest.advanceTimersByTimeAsync(5_000);
    expect([...sent, line.size]).toEqual(['a', 600]);
  });

  it('of which over 10,000 wait are dropped, the oldest first', async () => {
    for (let i = 0; i < 10_002; i++) await line.send(`id-${i}`, () => Promise.reject(new Error('gone')));
    expect([line.size, line.droppedInAll, line.has('id-1'), line.has('id-2')]).toEqual([
      10_000,
      2,
      false,
      true,
    ]);
  });

  it('are kept for a minute, the newest 10,000 of them', async () => {
    for (let i = 0; i < 10_001; i++) await line.send(`id-${i}`, send(`id-${i}`));
    await jest.advanceTimersByTimeAsync(59_000);
    await line.replace('late', send('late'), send('late'));
    await failOver();
    await jest.advanceTimersByTimeAsync(100);
    expect([sent.length, sent[0], sent.at(-1), line.droppedInAll]).toEqual([10_000, 'id-2', 'late', 0]);
    await jest.advanceTimersByTimeAsync(60_000);
    await failOver();
    expect(sent).toEqual([]);
  });
});
