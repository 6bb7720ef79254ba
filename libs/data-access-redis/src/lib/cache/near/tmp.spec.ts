import { createRedisMock } from 'js-redis-server';
import { redisApp, closeRedisApps } from '../../../testing/redis-test-app';
it('x', async () => {
  const s = await createRedisMock();
  const a = await redisApp(`redis://127.0.0.1:${s.port}`, { cacheTimeoutMs: 2000 });
  console.log(a.redis.state);
  const c = a.redis.cache<any>('thing', { ttl: 60000, near: {}, tags: (id) => ['a'] });
  try { await a.client.defineScript({ name: 'x', lua: "local c = redis.call('TIME') return {string.format('%.0f', c[1] * 1000000 + c[2]), redis.call('TYPE', KEYS[1]).ok}", parse: (r) => console.log(r) }).run({ keys: ['tag:x'] }); } catch (e) { console.log(e); }
  await c.set('1', { n: 1 });
  console.log(await a.client.get('cache:thing:1'), await c.get('1'), a.redis.state);
  await closeRedisApps(); await s.close();
});
