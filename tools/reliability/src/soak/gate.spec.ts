import { Gate } from './gate';

/** What is under way ends when it is told to. */
function begin(gate: Gate, log: string[], name: string) {
  let end = () => {};
  const told = new Promise<void>((resolve) => (end = resolve));
  const done = gate.through(async () => {
    log.push(`${name} begins`);
    await told;
    log.push(`${name} ends`);
  });
  return { end, done };
}

it('waits until all are out, and nobody begins before the work is done', async () => {
  const [gate, log] = [new Gate(), [] as string[]];
  const first = begin(gate, log, 'first');
  const work = gate.whileClosed(async () => {
    log.push('work begins');
    await new Promise(setImmediate);
    log.push('work ends');
  });
  const second = begin(gate, log, 'second');
  second.end();
  first.end();
  await Promise.all([first.done, second.done, work]);
  expect(log).toEqual([
    'first begins',
    'first ends',
    'work begins',
    'work ends',
    'second begins',
    'second ends',
  ]);
});

it('opens again when the work has failed, and is left by a round that has', async () => {
  const gate = new Gate();
  const failing = () => Promise.reject(new Error('broken'));
  await expect(gate.whileClosed(failing)).rejects.toThrow('broken');
  await expect(gate.through(failing)).rejects.toThrow('broken');
  await expect(gate.whileClosed(() => Promise.resolve('done'))).resolves.toBe('done');
});
