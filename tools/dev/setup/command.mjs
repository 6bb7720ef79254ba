import { sayError } from '../process/say.mjs';
import { stopOnSignal } from '../process/process-group.mjs';
import { setUp } from './set-up.mjs';

stopOnSignal(() => 1);
try {
  await setUp();
} catch (error) {
  sayError(error);
  process.exitCode = 1;
}
