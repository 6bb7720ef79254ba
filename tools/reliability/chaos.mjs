// `npm run chaos [-- --short] [--filter TEXT] [--json FILE]`: builds what is to be broken, then breaks it.
import { runOnBuiltApi } from './run-on-built-api.mjs';

runOnBuiltApi('src/chaos/main.ts');
