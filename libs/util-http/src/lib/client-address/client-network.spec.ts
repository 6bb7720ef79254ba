import { clientNetwork } from '../../index';

describe('whom an anonymous request is counted for', () => {
  it.each<[string, string]>([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:51234', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:FFFF:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::1]:51234', '2001:db8:1:2::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1:2:3:4%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:203.0.113.7', '1:2:3:4::/64'],
    ['1::8', '1:0:0:0::/64'],
    ['::5:6:7:8', '0:0:0:0::/64'],
    ['::4:5:6:7:8', '0:0:0:4::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
  ])('%s is %s', (ip, network) => {
    expect(clientNetwork({ ip })).toBe(network);
  });

  it('is the same for all addresses of one /64, and another for the next', () => {
    const ofOne = ['2001:db8:0:7::1', '2001:db8:0:7:ffff:ffff:ffff:ffff', '2001:db8::7:0:0:0:9'];
    expect(new Set(ofOne.map((ip) => clientNetwork({ ip }))).size).toBe(1);
    expect(clientNetwork({ ip: '2001:db8:0:8::1' })).not.toBe(clientNetwork({ ip: ofOne[0] as string }));
  });

  it.each(['unknown', '', '_hidden', '1.2.3', '999.1.1.1', '1.2.3.4, 5.6.7.8', '::g', '1.2.3.4:x', '{a}'])(
    'is the other end of the connection when a proxy tells %j',
    (ip) => {
      expect(clientNetwork({ ip, socket: { remoteAddress: '10.0.0.1' } })).toBe('10.0.0.1');
    },
  );

  it('is one and the same for all of whom nothing is known', () => {
    expect(clientNetwork({})).toBe('unknown');
    expect(clientNetwork({ ip: 'x', socket: {} })).toBe('unknown');
  });
});
