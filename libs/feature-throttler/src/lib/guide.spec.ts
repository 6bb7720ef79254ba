import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type FaultProxy,
  type RedisProcess,
  startFaultProxy,
  startRedis,
  startStopwatch,
  until,
} from '@sluice/testing-servers';
import type { OnRedisLoss } from '@sluice/util-http';
import {
  closeThrottlerApps,
  everywhere,
  scriptCalls,
  type ThrottlerApp,
  hastyThrottlerApp,
} from '../testing/throttler-app';
import { RatePolicy } from './policy/rate-policy';
import { resolveThrottlerOptions } from './throttler.options';
import { localNow } from './local/local-clock';

const GUIDE = readFileSync(join(__dirname, '../../../../docs/guides/rate-limits.md'), 'utf8');

/** The cells of the table under a heading, without its own heading and ruler. */
function tableUnder(heading: string): string[][] {
  const section = GUIDE.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the options', () => {
  it('are those that the guide names, with its defaults', () => {
    const minimal = { name: 'n', quota: 7, window: 1_000, by: 'user' as const };
    const { policies: _, ...config } = resolveThrottlerOptions({ policies: [minimal] });
    const {
      name,
      quota,
      by,
      burst,
      exact,
      everywhere: all,
      onRedisLoss,
      neverOpens,
    } = new RatePolicy(minimal);
    const resolved: Record<string, unknown> = {
      ...config,
      ...{ name, quota, by, burst, exact, everywhere: all, onRedisLoss, neverOpens, window: 1_000 },
    };
    const rows = tableUnder('Choosing').map(
      ([option = '', text = '']) => [option.replaceAll('`', ''), text] as const,
    );
    expect(rows.map(([option]) => option).sort()).toEqual(Object.keys(resolved).sort());
    for (const [option, text] of rows) {
      const said = text === '–' ? resolved[option] : text === 'the quota' ? quota : text.replaceAll('`', '');
      expect([option, String(said)]).toEqual([option, String(resolved[option])]);
    }
    // Every option of a policy has its row: what is resolved is no more than what can be said.
    expect(
      Object.keys(new RatePolicy(minimal))
        .filter((key) => !/Us$|^header$/.test(key))
        .sort(),
    ).toEqual(['burst', 'by', 'everywhere', 'exact', 'name', 'neverOpens', 'onRedisLoss', 'quota'].sort());
  });
});

describe('when Redis is lost', () => {
  let server: RedisProcess;
  let proxy: FaultProxy;
  let app: ThrottlerApp;

  beforeEach(async () => {
    server = await startRedis();
    proxy = await startFaultProxy({ port: server.port });
    app = await start(proxy.url);
  });
  afterEach(async () => {
    server.thaw();
    await closeThrottlerApps();
    await proxy.close();
    await server.stop();
  });

  const start = (url: string) =>
    hastyThrottlerApp(url, [{ name: 'default', quota: 2, window: 600_000, by: 'user', everywhere: true }]);

  const WORDS: Record<string, string> = {
    'allowed,allowed,denied': 'counted here',
    'unavailable,unavailable,unavailable': '503',
    'allowed,allowed,allowed': 'let through',
    'denied,denied,denied': 'denied',
  };

  /** What comes of three requests of one client, in the words of the guide. */
  async function three(onRedisLoss: OnRedisLoss, by = app): Promise<string> {
    const verdicts: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const watch = startStopwatch();
      verdicts.push((await by.ask('who', { onRedisLoss })).verdict);
      expect(watch.stop()).toBeLessThan(500);
    }
    return WORDS[verdicts.join()] ?? verdicts.join();
  }

  const inRedis = async () =>
    (await server.cli('--scan', '--pattern', `${app.prefix}throttle:{who}:default`)) !== '';

  /** By the first cell of a row: what happens, in the words of the other cells. */
  const CASES: Record<string, (onRedisLoss: OnRedisLoss) => Promise<string>> = {
    'is killed': async (onRedisLoss) => {
      await server.kill();
      return three(onRedisLoss);
    },
    'is frozen, or the network swallows all': async (onRedisLoss) => {
      server.freeze();
      const frozen = await three(onRedisLoss);
      server.thaw();
      const other = await start(proxy.url);
      proxy.drop();
      expect(await three(onRedisLoss, other)).toBe(frozen);
      return frozen;
    },
    'is known to be lost (the circuit is open)': async (onRedisLoss) => {
      server.freeze();
      await until('the circuit is open', async () => {
        await app.ask('probe');
        return app.client.state.circuit === 'open';
      });
      const plan = app.plans.for({ onRedisLoss });
      expect(app.limiter.decide(plan, everywhere('somebody'))).not.toBeInstanceOf(Promise);
      return three(onRedisLoss);
    },
    'refuses to count (full, no rights)': async (onRedisLoss) => {
      await server.cli('ACL', 'SETUSER', 'limited', 'on', '>pw', '~*', '&*', '+@all', '-evalsha', '-eval');
      const refused = await three(onRedisLoss, await start(`redis://limited:pw@127.0.0.1:${server.port}`));
      await server.cli('CONFIG', 'SET', 'maxmemory', '1');
      expect(await three(onRedisLoss)).toBe(refused);
      return refused;
    },
    'had denied the client before it was lost': async (onRedisLoss) => {
      for (let i = 0; i < 3; i += 1) await app.ask('who');
      await server.kill();
      return three(onRedisLoss);
    },
    'answers after the deadline': async (onRedisLoss) => {
      await app.ask('warm');
      const before = await scriptCalls(server);
      proxy.hold('toClient');
      const { verdict } = await app.ask('who', { onRedisLoss });
      await until('Redis has counted', async () => (await scriptCalls(server)) > before);
      proxy.release('toClient');
      await app.client.ping();
      const here = app.limit('default').local.left('who', localNow()).remaining;
      if (verdict === 'allowed' && here === 2 && (await inRedis())) return 'counted once';
      await until('given back', async () => !(await inRedis()));
      return verdict === 'unavailable' && here === 2 ? '503 and given back' : verdict;
    },
    'is back': async (onRedisLoss) => {
      server.freeze();
      await app.ask('probe', { onRedisLoss });
      server.thaw();
      await until('counted there', async () => {
        await app.ask('who', { onRedisLoss });
        return inRedis();
      });
      return 'counted there';
    },
  };

  const rows = tableUnder('When Redis is lost');

  it('each row of the guide is a test, and each test a row', () => {
    expect(Object.keys(CASES)).toEqual(rows.map(([what]) => what));
  });

  it.each(
    rows.flatMap(
      ([what = '', local, deny, allow]) =>
        [
          [what, 'local', local],
          [what, 'deny', deny],
          [what, 'allow', allow],
        ] as [string, OnRedisLoss, string][],
    ),
  )('Redis %s, %s: %s', async (what, onRedisLoss, expected) => {
    expect(await CASES[what]?.(onRedisLoss)).toBe(expected);
  });
});
