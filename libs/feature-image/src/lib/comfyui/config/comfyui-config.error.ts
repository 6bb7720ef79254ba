/** One message for all that is wrong with the configuration of ComfyUI; shows no value. */
export class ComfyUIConfigError extends Error {
  readonly code = 'COMFYUI_CONFIG';

  constructor(readonly problems: readonly string[]) {
    super(
      `ComfyUI is not configured correctly:\n${problems.map((p) => `  - ${p}`).join('\n')}\nCorrect what is named.`,
    );
    this.name = new.target.name;
  }
}
