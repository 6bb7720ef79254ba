import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { eventually } from './contract-process';
import type { PromiseCheck } from './redis-contract';

const ttl = 60_000;

export const commandPromises: Record<string, PromiseCheck> = {
  'keys are written, read, counted and removed, one by one and many at once': async (here, there) => {
    const keys = Array.from({ length: 30 }, (_, i) => `job:${i}` as const);
    await Promise.all(keys.map((key, i) => here.client.set(key, `ü${i}`, { ttl })));
    deepEqual(await there.client.getMany([...keys, 'job:none']), [...keys.map((_, i) => `ü${i}`), null]);
    equal(await there.client.set('job:0', 'x', { ttl, onlyIf: 'absent' }), false);
    equal(await there.client.set('job:new', 'x', { ttl, onlyIf: 'present' }), false);
    equal(await there.client.expire('job:0', 5_000), true);
    const left = await here.client.timeToLive('job:0');
    ok(left !== null && left > 0 && left <= 5_000);
    equal(await there.client.delete(...keys, 'job:none'), keys.length);
    equal(await here.client.get('job:0'), null);
    ok((await here.client.ping()) >= 0);
  },

  'increments of many are all counted, each once': async (...processes) => {
    const sums = await Promise.all(
      Array.from({ length: 90 }, (_, i) => processes[i % 3]?.client.increment('job:count', { ttl, by: 2 })),
    );
    deepEqual(
      sums.map(Number).sort((a, b) => a - b),
      sums.map((_, i) => 2 * (i + 1)),
    );
  },

  'a write under an old fencing token is refused': async (here, there) => {
    for (const key of ['job:plain', 'job:{tagged}:1'] as const) {
      equal(await here.client.setFenced(key, 'new', { ttl, fencingToken: 2 }), true);
      equal(await there.client.setFenced(key, 'old', { ttl, fencingToken: 1 }), false);
      equal(await there.client.get(key), 'new');
    }
  },

  'a script runs whole, again after the server has forgotten it, and only on keys that lie together': async (
    here,
  ) => {
    const lua = `redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000) return redis.call('GET', KEYS[2]) -- ${Math.random()}`;
    const script = here.client.defineScript({ name: 'contract', lua, parse: (reply) => reply });
    equal(await script.run({ keys: ['job:{a}1', 'job:{a}2'], args: ['x'] }), null);
    equal(await script.run({ keys: ['job:{a}2', 'job:{a}1'], args: ['y'] }), 'x');
  },

  'a message reaches each listener once, and its sender learns how many there were': async (
    here,
    there,
    third,
  ) => {
    const heard: string[] = [];
    const listen = (name: string, channel: string) => (message: string) =>
      heard.push(`${name} ${channel} ${message}`);
    const channels = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const channel of channels) {
      await there.client.subscribe(channel, listen('there', channel));
      await third.client.subscribe(channel, listen('third', channel));
    }
    // Under RESP2 the connection that listens comes a moment later.
    for (const channel of channels) {
      await eventually('both listen', async () => (await here.client.publish(channel, 'ready?')) === 2);
    }
    for (const channel of channels) equal(await here.client.publish(channel, 'go'), 2);
    const expected = channels.flatMap((channel) => [`there ${channel} go`, `third ${channel} go`]).sort();
    const went = () => heard.filter((line) => line.endsWith('go'));
    await eventually('all is heard', () => went().length >= expected.length);
    await here.client.ping();
    deepEqual(went().sort(), expected);
  },

  'a subscription that is closed hears nothing more': async (here, there) => {
    const heard: string[] = [];
    const subscription = await there.client.subscribe('a', (message) => heard.push(message));
    await eventually('it listens', async () => (await here.client.publish('a', 'before')) === 1);
    await eventually('it hears', () => heard.length > 0);
    await subscription.close();
    await eventually('nobody listens', async () => (await here.client.publish('a', 'after')) === 0);
    ok(!heard.includes('after'));
  },

  'a wrong call is refused as such, and costs the connection nothing': async (here) => {
    await here.client.set('job:text', 'x', { ttl });
    await rejects(here.client.increment('job:text', { ttl }), { code: 'REDIS_USAGE' });
    await rejects(here.client.get('nonsense' as never), { code: 'REDIS_USAGE' });
    equal(here.redis.state.status, 'ready');
  },
};
