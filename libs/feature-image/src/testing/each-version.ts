import { type ComfyUi, type ComfyUiVersion, startComfyUi } from '@sluice/testing-comfyui';
import type { ComfyUIJobRunnerAdapter } from '../lib/comfyui/comfyui-job-runner.adapter';
import { closeComfyUIApps, readyApp } from './comfyui-app';

const versions: readonly ComfyUiVersion[] = ['0.33.0', '0.3.64'];

export interface Painting {
  readonly comfy: ComfyUi;
  readonly runner: ComfyUIJobRunnerAdapter;
  readonly version: ComfyUiVersion;
}

/**
 * What the worker relies on, of servers with `/api/jobs` and of those without: the same tests for both. Faults are off
 * at the beginning of each.
 */
export function describeEachVersion(define: (painting: Painting) => void): void {
  describe.each(versions)('ComfyUI %s', (version) => {
    let comfy: ComfyUi;
    let runner: ComfyUIJobRunnerAdapter;

    beforeAll(async () => {
      comfy = await startComfyUi({ version, paintMs: 40 });
      runner = await readyApp(comfy.url);
    });
    afterEach(() => comfy.faults.clear());
    afterAll(async () => {
      await closeComfyUIApps();
      await comfy?.stop();
    });

    define({
      version,
      get comfy() {
        return comfy;
      },
      get runner() {
        return runner;
      },
    });
  });
}
