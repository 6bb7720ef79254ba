import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeProtection } from './protection.mjs';

const memory = (write, read) => {
  const stored = new Map();
  return {
    set: async (key, value) => stored.set(key, write(value)),
    get: async (key) => read(stored.get(key)),
  };
};
const same = (value) => value;
const copy = (value) => JSON.parse(JSON.stringify(value));
const frozen = (value) => {
  Object.values(value).forEach(Object.freeze);
  return Object.freeze(value);
};

for (const [expected, write, read] of [
  ['no', same, same],
  ['no', copy, same],
  ['readers only', same, copy],
  ['yes', copy, copy],
  ['frozen', (value) => frozen(copy(value)), same],
  ['text', JSON.stringify, same],
]) {
  test(`finds "${expected}" (${write.name || 'frozen copy'}, ${read.name})`, async () => {
    assert.equal(await probeProtection(memory(write, read), 'key'), expected);
  });
}

test('a value of which only a part is frozen is not frozen', async () => {
  const handle = memory((value) => Object.freeze(copy(value)), same);
  assert.equal(await probeProtection(handle, 'key'), 'no');
});
