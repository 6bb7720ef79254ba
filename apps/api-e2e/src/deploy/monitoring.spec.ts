import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { provideDatabase, startSentinel, until } from '@sluice/testing-servers';
import { call, createCharacter, register } from '../support/api-client';
import { serveApi, type ServedApi } from '../support/served-api';
import { checkQuery } from './check-query';
import { exposedMetrics } from './exposed-metrics';

const read = (name: string) => readFileSync(resolve(__dirname, '../../../../deploy', name), 'utf8');
const TOKEN = 'a-management-token-for-the-test';

let sentinel: Awaited<ReturnType<typeof startSentinel>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let api: ServedApi;
let metrics: ReturnType<typeof exposedMetrics>;

const scrape = async () => (await call<string>(api.url, 'GET', '/metrics', { token: TOKEN })).body;

beforeAll(async () => {
  // With sentinels, for connections of every role; they do not replace a master that is only restarted.
  [sentinel, database] = await Promise.all([startSentinel({ downAfterMs: 60_000 }), provideDatabase()]);
  api = await serveApi({
    REDIS_SENTINELS: sentinel.addresses.join(','),
    REDIS_SENTINEL_NAME: sentinel.name,
    DATABASE_URL: database.url,
    MANAGEMENT_TOKEN: TOKEN,
  });
  // So that there is a series of each kind: somebody uses it, and Redis comes and goes.
  const { accessToken: token } = await register(api.url);
  const id = await createCharacter(api.url, token);
  await call(api.url, 'GET', `/api/characters/${id}`, { token });
  await (await sentinel.master()).restart();
  await until(
    'Redis is used again',
    async () => /^redis_client_reconnects_total\{.*\} [1-9]/m.test(await scrape()),
    30_000,
  );
  await until(
    'it has asked Redis',
    async () => /^redis_server_evicted_keys_total 0$/m.test(await scrape()),
    30_000,
  );
  metrics = exposedMetrics(await scrape());
}, 90_000);

afterAll(async () => {
  await api?.stop();
  await Promise.all([sentinel?.stop(), database?.stop()]);
});

/** Each query with the name of its alert or panel. */
function queries(): [string, string][] {
  const alerts = [...read('alerts.yml').matchAll(/- alert: (\w+)\n\s+expr: \|-\n((?: {10}.*\n)+)/g)];
  const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
    templating: { list: { query: { query: string } | string }[] };
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  const variables = dashboard.templating.list.flatMap(({ query }) =>
    typeof query === 'object' ? query.query : [],
  );
  return [
    ...alerts.map(([, name = '', query = '']): [string, string] => [name, query.trim()]),
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }): [string, string] => [title, expr]),
    ),
    ...variables.map((query): [string, string] => [
      'variable',
      /^label_values\((.*), \w+\)$/.exec(query)?.[1] ?? query,
    ]),
  ];
}

it('each alert and each panel asks for what /metrics has', () => {
  const all = queries();
  expect(read('alerts.yml').match(/- alert:/g)?.length).toBe(18);
  expect(all.length).toBeGreaterThan(18 + 25);
  const wrong = all.flatMap(([name, query]) =>
    checkQuery(asked(name, query), metrics).map((what) => `${name}: ${what}`),
  );
  expect(wrong).toEqual([]);
});

/** A variable's query names series, of which the last value is shown. */
function asked(name: string, query: string): string {
  return (name === 'variable' ? `rate(${query}[1m])` : query).replaceAll('$instance', '.*');
}

it.each([
  ['max(redis_client_upp) == 0', 'there is no redis_client_upp'],
  ['max by (instance, rolle) (redis_client_up)', 'nothing has the label rolle'],
  ['redis_client_up{role="cdm"}', 'no redis_client_up has role="cdm"'],
  ['redis_client_up{rolle="cmd"}', 'redis_client_up has no label rolle'],
  ['rate(redis_cache_reads_total{outcome="old"}[5m])', 'no redis_cache_reads_total has outcome="old"'],
  ['rate(redis_cache_reads_total{outcome=~"near|old"}[5m])', 'no redis_cache_reads_total has outcome="old"'],
  ['redis_cache_reads_total > 5', 'redis_cache_reads_total only grows: it needs rate() or increase()'],
  ['rate(redis_client_up[5m])', 'redis_client_up is a gauge, which has no rate'],
  ['sum(redis_cache_reads_total[5m])', 'sum of redis_cache_reads_total is no number'],
  ['redis_client_command_duration_seconds > 1', 'there is no redis_client_command_duration_seconds'],
  ['rate(redis_cache_reads_total_count[5m])', 'there is no redis_cache_reads_total_count'],
  [
    'histogram_quantile(0.9, sum by (command) (rate(redis_client_command_duration_seconds_bucket[5m])))',
    'histogram_quantile needs _bucket, by le',
  ],
  ['1 > 0', 'it asks for no metric'],
])('%s would be found', (query, what) => {
  expect(checkQuery(query, metrics)).toContain(what);
});
