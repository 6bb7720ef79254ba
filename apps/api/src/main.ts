import { createApp } from './lib/create-app';
import { readEnvironment } from './lib/environment';
import { createLogger } from './lib/logging';

/** Something nobody caught has left the process in an unknown state: say so and let the supervisor start anew. */
function fail(what: string, error: unknown): never {
  createLogger('info').fatal({ err: error }, what);
  process.exit(1);
}

async function start(): Promise<void> {
  const settings = readEnvironment(process.env);
  const logger = createLogger(settings.logLevel);
  const app = await createApp({ settings, logger });
  // Without `useProcessExit` the process would end by the signal, and not with 0.
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  await app.listen(settings.port, settings.host);
  logger.info(`Sluice listens on ${await app.getUrl()}, documented at /docs`);
}

process.on('uncaughtException', (error) => fail('Uncaught exception', error));
process.on('unhandledRejection', (error) => fail('Unhandled rejection', error));
start().catch((error: unknown) => fail('Sluice could not start', error));
