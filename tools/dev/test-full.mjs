// `npm run test:full`
import { requireNode } from './setup/node-version.mjs';

requireNode();
import('./test/full-command.mjs');
