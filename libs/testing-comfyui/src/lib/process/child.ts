import type { FaultName, Faults } from '../faults/faults';
import { exitLoudly, serveComfyUi } from './serve-comfyui';
import type { FaultCall, Told } from './messages';

/** The process behind `startComfyUiProcess`: it tells its port, and obeys what it is told of faults. */
async function main(): Promise<void> {
  const comfy = await serveComfyUi(process.env);
  process.on('message', ({ id, call, name, settings }: FaultCall) => {
    const { faults } = comfy;
    const obeyed = {
      on: () => faults.on(name as FaultName, settings as Faults[FaultName]),
      off: () => faults.off(name as FaultName),
      clear: () => faults.clear(),
    }[call]();
    obeyed.then(() => tell({ done: id }), exitLoudly);
  });
  tell({ ready: { port: comfy.port, url: comfy.url } });
}

function tell(what: Told): void {
  process.send?.(what);
}

main().catch(exitLoudly);
