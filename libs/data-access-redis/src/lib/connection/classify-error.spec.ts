import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { classifyError } from './classify-error';
import { REDIS_ERROR_CODES } from './redis.errors';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });
const system = (code: string) => Object.assign(new Error('x'), { code });

describe('errors', () => {
  it.each([
    ['CERT_HAS_EXPIRED', /^The certificate of the server has expired/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /made out to another name/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /authority of the server’s certificate is not trusted/],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /asks for a certificate of ours: REDIS_TLS_CERT/],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', /our own certificate \(REDIS_TLS_CERT\), which has expired/],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /does not trust our own certificate/],
  ])('of TLS say whose certificate it is about: %s', (code, expected) => {
    const error = classifyError(system(code), 'connect', 100);
    expect(error).toMatchObject({
      code: 'REDIS_TLS',
      reason: code,
      message: expect.stringMatching(expected),
    });
  });

  it.each([
    [reply('WRONGPASS invalid username-password pair'), 'REDIS_AUTH', 'not-executed'],
    [reply("NOPERM this user has no permissions to run the 'keys' command"), 'REDIS_AUTH', 'not-executed'],
    [
      reply("ERR The user executing the script can't run this command or subcommand script: 01205a"),
      'REDIS_AUTH',
      'unknown',
    ],
    [
      reply("ERR The user executing the script can't access at least one of the keys mentioned"),
      'REDIS_AUTH',
      'unknown',
    ],
    [reply('LOADING Redis is loading the dataset in memory'), 'REDIS_BUSY', 'not-executed'],
    [reply("READONLY You can't write against a read only replica."), 'REDIS_BUSY', 'not-executed'],
    [reply("OOM command not allowed when used memory > 'maxmemory'."), 'REDIS_CAPACITY', 'not-executed'],
    [reply('ERR max number of clients reached'), 'REDIS_CAPACITY', 'not-executed'],
    [reply('ERR DB capacity quota exceeded'), 'REDIS_CAPACITY', 'not-executed'],
    [reply('CLUSTERDOWN The cluster is down'), 'REDIS_BUSY', 'not-executed'],
    [reply('TRYAGAIN Multiple keys request during rehashing of slot'), 'REDIS_BUSY', 'not-executed'],
    [reply("CROSSSLOT Keys in request don't hash to the same slot"), 'REDIS_USAGE', 'not-executed'],
    [reply('MOVED 3999 127.0.0.1:6381'), 'REDIS_CONFIG', 'not-executed'],
    [reply('ASK 3999 [::1]:6381'), 'REDIS_CONFIG', 'not-executed'],
    [reply('NOPROTO unsupported protocol version'), 'REDIS_PROTOCOL', 'not-executed'],
    [reply('ERR Protocol version 3 is not supported'), 'REDIS_PROTOCOL', 'not-executed'],
    [new Error('Unknown RESP type 72 "H"'), 'REDIS_PROTOCOL', 'not-executed'],
    [
      reply('WRONGTYPE Operation against a key holding the wrong kind of value'),
      'REDIS_USAGE',
      'not-executed',
    ],
    [new Error('Command timed out'), 'REDIS_TIMEOUT', 'unknown'],
    [
      new Error("Stream isn't writeable and enableOfflineQueue options is false"),
      'REDIS_UNAVAILABLE',
      'not-executed',
    ],
    [system('ECONNREFUSED'), 'REDIS_UNAVAILABLE', 'not-executed'],
    [system('ECONNRESET'), 'REDIS_UNAVAILABLE', 'unknown'],
    [system('CERT_HAS_EXPIRED'), 'REDIS_TLS', 'not-executed'],
    [system('ERR_TLS_CERT_ALTNAME_INVALID'), 'REDIS_TLS', 'not-executed'],
    [undefined, 'REDIS_UNAVAILABLE', 'unknown'],
  ])('%s is %s, %s', (error, code, outcome) => {
    expect(classifyError(error, 'get', 100)).toMatchObject({ code, outcome });
  });

  it('keeps nothing of the driver’s error but its first word', () => {
    const error = Object.assign(reply("ERR unknown command 'x', with args beginning with: 'hunter2'"), {
      command: { name: 'hello', args: ['3', 'AUTH', 'default', 'hunter2'] },
      input: 'redis://:hunter2@h',
    });
    const shown = inspect(classifyError(error, 'x', 1), { depth: 9, showHidden: true });
    expect(shown).not.toContain('hunter2');
  });

  it('are each explained in docs/errors.md, in the words of the table', () => {
    const page = readFileSync(join(__dirname, '../../../../../docs/errors.md'), 'utf8').replace(/ +/g, ' ');
    for (const [code, { means, todo }] of Object.entries(REDIS_ERROR_CODES)) {
      expect(page).toContain(`| \`${code}\` | ${means} | ${todo} |`);
    }
    expect(page.match(/\| `(REDIS|CACHE|LOCK)_\w+` \|/g)).toHaveLength(Object.keys(REDIS_ERROR_CODES).length);
  });
});
