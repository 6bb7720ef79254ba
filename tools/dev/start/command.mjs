import { createServer } from 'node:net';
import { isStopping, launch, stopGroups, stopOnSignal } from '../process/process-group.mjs';
import { Advice, say, sayError } from '../process/say.mjs';
import { apiPort, apiUrl, untilLive } from '../serve/api-address.mjs';
import { isDatabaseGiven, isRedisGiven } from '../serve/given-servers.mjs';
import { nxEnvironment } from '../serve/nx-environment.mjs';
import { setUp } from '../setup/set-up.mjs';
import { installedProgram, workspace } from '../setup/workspace.mjs';

stopOnSignal(() => 0);
try {
  await requireUsablePort();
  await setUp({ redis: isRedisGiven() ? 'given' : 'wanted', postgres: !isDatabaseGiven() });
  await serve();
} catch (error) {
  if (!isStopping()) sayError(error);
  await stopGroups();
  // A stop that was asked for ends the process by itself.
  if (!isStopping()) process.exit(1);
}

async function serve() {
  say('Building and starting the API (nx serve api).');
  const { exited } = launch(
    process.execPath,
    [installedProgram('nx'), 'serve', 'api', '--output-style=stream'],
    {
      cwd: workspace,
      env: { ...nxEnvironment(), SLUICE_START_PID: String(process.pid) },
    },
  );
  let ended = false;
  exited.then(() => (ended = true));
  if (await untilLive(() => !ended && !isStopping())) {
    say(`Sluice is ready: ${apiUrl()}/docs (walk: README.md, stop: Ctrl-C)`);
  }
  await exited;
  throw new Advice('nx serve api has ended, see above.');
}

/** Said before minutes are spent on a build. */
async function requireUsablePort() {
  const port = apiPort();
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new Advice('PORT must be a whole number from 1 to 65535.');
  }
  const error = await new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', resolve);
    probe.listen(port, process.env.HOST?.trim() || undefined, () => probe.close(() => resolve(undefined)));
  });
  if (error?.code === 'EADDRINUSE') {
    throw new Advice(
      `Port ${port} is taken by another program. Stop that one, or choose another: PORT=${port + 1} npm start`,
    );
  }
  if (error)
    throw new Advice(`The API could not listen on port ${port}: ${error.message}. Look at PORT and HOST.`);
}
