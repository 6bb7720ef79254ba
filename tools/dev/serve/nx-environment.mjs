/**
 * The environment for an Nx of our own. Inside a task Nx says so in variables (`NX_TASK_…`), and an Nx that inherits
 * them takes itself for a part of that task. Its daemon would outlive us, and its full-screen view wants the terminal.
 */
export function nxEnvironment(environment = process.env) {
  const inherited = Object.entries(environment).filter(([name]) => !isOfTask(name));
  return {
    ...Object.fromEntries(inherited),
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
    NX_TUI: 'false',
    NX_NATIVE_COMMAND_RUNNER: 'false',
    // A process for each plugin is half of what starting nx costs.
    NX_ISOLATE_PLUGINS: 'false',
  };
}

function isOfTask(name) {
  return /^NX_(TASK_|INVOKED_BY_RUNNER|FORKED_|TERMINAL_|STREAM_|PREFIX_|CLI_SET|SET_CLI|LOAD_DOT_ENV)/.test(
    name,
  );
}
