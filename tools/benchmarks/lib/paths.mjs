import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const benchmarks = dirname(dirname(fileURLToPath(import.meta.url)));
export const workspace = dirname(dirname(benchmarks));
