import { startSentinel } from '@sluice/testing-servers';
import type { RedisSentinel } from '@sluice/testing-servers';
import { GUIDE_USER, linesOfGuide } from '../guide-user';
import { holdToContract } from '../hold-to-contract';

jest.setTimeout(60_000);

/** The servers know the user of the guide with the smallest rights. */
describe('a master that sentinels watch', () => {
  let sentinel: RedisSentinel;
  const options = () => ({
    ...GUIDE_USER,
    sentinel: { nodes: sentinel.addresses, name: sentinel.name, password: 'sentinel' },
  });

  beforeAll(async () => {
    sentinel = await startSentinel({ downAfterMs: 30_000, password: 'server', sentinelPassword: 'sentinel' });
    for (const words of linesOfGuide({ cluster: false }))
      await Promise.all(sentinel.servers.map((server) => server.cli(...words)));
  });
  afterAll(() => sentinel.stop());

  describe('RESP3', () => holdToContract(options));
  describe('RESP2', () => holdToContract(() => ({ ...options(), protocol: 2 })));
});
