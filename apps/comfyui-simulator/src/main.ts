import { exitLoudly, serveComfyUi } from '@sluice/testing-comfyui';

serveComfyUi(process.env).then(
  ({ url, version, directory }) =>
    console.log(`ComfyUI simulator ${version} listens on ${url}, files in ${directory}`),
  exitLoudly,
);
