// `npm run soak [-- --minutes N] [--seed S] [--json FILE]`: builds the API, then uses and disturbs it for that long.
import { runOnBuiltApi } from './run-on-built-api.mjs';

runOnBuiltApi('src/soak/main.ts');
