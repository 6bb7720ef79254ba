import { painting } from '../probes/image-job';
import { askReadiness } from '../probes/readiness';
import { revoke } from '../probes/revocation';
import { signInAgain } from '../probes/sign-in';
import { askTooMuch } from '../probes/throttled-request';
import { register } from '../probes/http';
import { Reporter } from './reporter';

// Clients of two processes of the API; see served-process.ts.
const reporter = new Reporter();
const [one = '', two = ''] = (process.env['CHAOS_API_URLS'] ?? '').split(',');

async function run(): Promise<void> {
  const accounts = await Promise.all(Array.from({ length: 8 }, () => register(one)));
  const [throttled, signing, painter, ...revoked] = accounts as [string, string, string, ...string[]];
  const urls = [one, two] as const;
  const running = [
    askTooMuch(reporter, urls, throttled),
    signInAgain(reporter, urls, signing),
    revoke(reporter, urls, revoked),
    painting(reporter, urls, painter),
    askReadiness(reporter, urls),
  ];
  reporter.ready();
  await Promise.all(running);
  await reporter.end();
  process.exit(0);
}

run().catch((error: unknown) => reporter.broken(error));
