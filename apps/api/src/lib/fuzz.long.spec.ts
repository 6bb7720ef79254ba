import { randomInt } from 'node:crypto';
import { fuzzApi } from '../testing/fuzz/fuzz-api';
import { provideServers, type Servers } from '../testing/serve-api';

let servers: Servers;
beforeAll(async () => {
  servers = await provideServers();
}, 60_000);
afterAll(() => servers?.stop(), 30_000);

const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

it(`a hundred requests of each kind and more are answered as the document says, and never with 500 (FUZZ_SEED=${seed})`, async () => {
  const counts = await fuzzApi(servers, { runs: 100, seed });
  const rows = [...counts].map(([route, statuses]) => {
    const cells = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}×${count}`);
    return `${route}: ${cells.join(' ')}`;
  });
  process.stdout.write(`${rows.join('\n')}\n`);
  // Of each route, something got past the validation.
  for (const [route, statuses] of counts) {
    expect([route, [...statuses.keys()].some((status) => status !== 400)]).toEqual([route, true]);
  }
}, 1_200_000);
