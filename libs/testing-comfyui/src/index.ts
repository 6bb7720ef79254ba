export { startComfyUi, type ComfyUi, type ComfyUiOptions } from './lib/start-comfyui';
export { startComfyUiProcess, type ComfyUiProcess } from './lib/process/start-comfyui-process';
export { exitLoudly, serveComfyUi } from './lib/process/serve-comfyui';
export type { ComfyUiVersion } from './lib/dialect/version';
export type { FaultSwitches } from './lib/faults/fault-switches';
export type { FaultName, Faults, FaultSettings, OnNode, OnRoute } from './lib/faults/faults';
export type { FileReference } from './lib/files/file-store';
export type { Ledger, LedgerEntry } from './lib/ledger/ledger';
